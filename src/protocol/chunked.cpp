#include "protocol/chunked.hpp"

#include "protocol/field_lines.hpp"

#include <algorithm>

namespace ringblast {

namespace {

/// The value of a hexadecimal digit, or 16.
unsigned hex_value(char c) {
    if (c >= '0' && c <= '9') {
        return static_cast<unsigned>(c - '0');
    }
    char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? static_cast<unsigned>(lower - 'a' + 10) : 16;
}

bool is_text(char c) {
    uint8_t byte = static_cast<uint8_t>(c);
    return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
}

} // namespace

ChunkedDecoder::Progress ChunkedDecoder::feed(std::string_view bytes) {
    Progress progress{.status = ParseStatus::need_more, .consumed = 0, .payload = 0};
    size_t at = 0;
    while (at < bytes.size() && state_ != State::complete) {
        if (state_ == State::data) {
            size_t size = static_cast<size_t>(std::min<uint64_t>(left_, bytes.size() - at));
            at += size;
            progress.payload += size;
            left_ -= size;
            if (left_ == 0) {
                state_ = State::data_cr;
            }
            continue;
        }
        if (const char* problem = step(bytes[at]); problem != nullptr) [[unlikely]] {
            return {ParseStatus::bad, at, progress.payload, problem};
        }
        ++at;
    }
    if (state_ == State::complete) {
        progress.status = ParseStatus::complete;
    }
    progress.consumed = at;
    return progress;
}

const char* ChunkedDecoder::step(char c) {
    switch (state_) {
    case State::data_cr:
        state_ = State::data_lf;
        return c == '\r' ? nullptr : "chunk data is longer than its size";
    case State::data_lf:
        state_ = State::size_first;
        return c == '\n' ? nullptr : "no CRLF behind chunk data";
    case State::size_first:
    case State::size:
    case State::size_blank:
    case State::extension:
    case State::size_lf:
        return step_size(c);
    default:
        return step_trailer(c);
    }
}

const char* ChunkedDecoder::step_size(char c) {
    if (state_ == State::size_lf) {
        line_size_ = 0;
        state_ = left_ > 0 ? State::data : State::trailer_start;
        return c == '\n' ? nullptr : "a chunk size line without CRLF";
    }
    if (++line_size_ > chunk_line_size_max) {
        return "a chunk size line longer than 16 KiB";
    }
    if (state_ == State::size_first || state_ == State::size) {
        if (unsigned digit = hex_value(c); digit < 16) {
            // Below 2^63, as a Content-Length; leading zeros are fine.
            if (left_ >> 59 != 0) {
                return "a chunk size that is too large";
            }
            left_ = left_ << 4 | digit;
            state_ = State::size;
            return nullptr;
        }
        if (state_ == State::size_first) {
            return "a chunk size that is not hexadecimal";
        }
    }
    if (c == '\r') {
        state_ = State::size_lf;
        return nullptr;
    }
    if (state_ == State::extension) {
        // Quoted or not: neither may hold CR, so the line end is the end.
        return is_text(c) ? nullptr : "a control character in a chunk extension";
    }
    if (c == ';') {
        state_ = State::extension;
        return nullptr;
    }
    state_ = State::size_blank;
    return c == ' ' || c == '\t' ? nullptr : "a chunk size that is not hexadecimal";
}

const char* ChunkedDecoder::step_trailer(char c) {
    if (++line_size_ > trailers_size_max) {
        return "trailers longer than 64 KiB";
    }
    switch (state_) {
    case State::trailer_start:
        if (c == '\r') {
            state_ = State::last_lf;
            return nullptr;
        }
        if ((c == ' ' || c == '\t') && any_trailer_) {
            state_ = State::trailer_value; // a folded line
            return nullptr;
        }
        state_ = State::trailer_name;
        return is_token_char(c) ? nullptr : "a bad trailer name";
    case State::trailer_name:
        if (c == ':') {
            state_ = State::trailer_value;
            any_trailer_ = true;
            return nullptr;
        }
        return is_token_char(c) ? nullptr : "a bad trailer name";
    case State::trailer_value:
        if (c == '\r') {
            state_ = State::trailer_lf;
            return nullptr;
        }
        return is_text(c) ? nullptr : "a control character in a trailer";
    case State::trailer_lf:
        state_ = State::trailer_start;
        return c == '\n' ? nullptr : "a CR without LF in a trailer";
    default:
        state_ = State::complete;
        return c == '\n' ? nullptr : "a CR without LF behind the last chunk";
    }
}

} // namespace ringblast
