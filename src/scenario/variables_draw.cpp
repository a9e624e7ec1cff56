// How values are drawn: everything here is a pure function of the seed, the variable's name and
// the DrawOrigin.
#include "base/random.hpp"
#include "scenario/variables.hpp"

#include <charconv>
#include <chrono>

namespace ringblast {

namespace {

constexpr std::string_view letters_and_digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

template <class Integer>
void append_number(std::string& out, Integer number) {
    char digits[20];
    char* end = std::to_chars(digits, digits + sizeof digits, number).ptr;
    out.append(digits, static_cast<size_t>(end - digits));
}

/// Version 4, variant 1 of RFC 9562.
void append_uuid(std::string& out, uint64_t first, uint64_t second) {
    constexpr std::string_view hex = "0123456789abcdef";
    first = (first & ~uint64_t{0xf000}) | 0x4000;
    second = (second & ~(uint64_t{3} << 62)) | uint64_t{1} << 63;
    char text[36];
    char* at = text;
    for (unsigned digit = 0; digit < 32; ++digit) {
        if (digit == 8 || digit == 12 || digit == 16 || digit == 20) {
            *at++ = '-';
        }
        uint64_t word = digit < 16 ? first : second;
        *at++ = hex[word >> (60 - digit % 16 * 4) & 15];
    }
    out.append(text, sizeof text);
}

void put_digits(char* at, unsigned number, unsigned count) {
    while (count-- > 0) {
        at[count] = static_cast<char>('0' + number % 10);
        number /= 10;
    }
}

/// "2025-01-31T23:59:59.123Z". Years beyond 9999 are not for load tests.
void append_iso(std::string& out, int64_t unix_ns, Escape escape) {
    using namespace std::chrono;
    sys_time<milliseconds> time(floor<milliseconds>(nanoseconds(unix_ns)));
    sys_days day = floor<days>(time);
    year_month_day date(day);
    hh_mm_ss<milliseconds> clock(time - day);
    char text[] = "0000-00-00T00:00:00.000Z";
    put_digits(text, static_cast<unsigned>(static_cast<int>(date.year())), 4);
    put_digits(text + 5, static_cast<unsigned>(date.month()), 2);
    put_digits(text + 8, static_cast<unsigned>(date.day()), 2);
    put_digits(text + 11, static_cast<unsigned>(clock.hours().count()), 2);
    put_digits(text + 14, static_cast<unsigned>(clock.minutes().count()), 2);
    put_digits(text + 17, static_cast<unsigned>(clock.seconds().count()), 2);
    put_digits(text + 20, static_cast<unsigned>(clock.subseconds().count()), 3);
    append_escaped(out, {text, sizeof text - 1}, escape);
}

void append_now(std::string& out, const Variable& spec, const DrawOrigin& origin, Escape escape) {
    int64_t unix_ns = spec.per == DrawnPer::request ? origin.request_unix_ns : origin.turn_unix_ns;
    auto unit = [&]<class Unit>(Unit) {
        return std::chrono::floor<Unit>(std::chrono::nanoseconds(unix_ns)).count();
    };
    switch (spec.now) {
    case Variable::Now::unix_s:
        append_number(out, unit(std::chrono::seconds()));
        return;
    case Variable::Now::unix_ms:
        append_number(out, unit(std::chrono::milliseconds()));
        return;
    case Variable::Now::iso:
        append_iso(out, unix_ns, escape);
        return;
    }
}

} // namespace

/// The random numbers of one value: as many words of bits as it takes.
struct Variables::Draw {
    RandomKey key;
    uint64_t counter;

    uint64_t word(uint64_t number) const {
        return random_bits({key.seed, key.stream + number}, counter);
    }
    /// Uniform in [0, size); of all 64 bits when size is 0.
    uint64_t below(uint64_t size) const { return size == 0 ? word(0) : scale_bits(word(0), size); }
    void append_text(std::string& out, uint64_t size) const;
};

void Variables::Draw::append_text(std::string& out, uint64_t size) const {
    // 62^10 < 2^60: ten letters of a word are as good as random.
    constexpr uint64_t per_word = 10;
    uint64_t bits = 0;
    for (uint64_t i = 0; i < size; ++i) {
        if (i % per_word == 0) {
            bits = word(i / per_word);
        }
        out.push_back(letters_and_digits[scale_bits(bits, letters_and_digits.size())]);
        bits *= letters_and_digits.size();
    }
}

Variables::Draw Variables::draw_of(const Drawn& drawn, const DrawOrigin& origin) const {
    auto stream_for = [&](uint64_t who) { return mix64(drawn.stream ^ mix64(who + 1)); };
    switch (drawn.spec.per) {
    case DrawnPer::user:
        return {{seed_, stream_for(origin.user)}, 0};
    case DrawnPer::task:
        return {{seed_, stream_for(origin.lane)}, origin.turn};
    case DrawnPer::request:
        break;
    }
    return {{seed_, stream_for(origin.lane) ^ mix64(uint64_t{origin.request} + 1)}, origin.turn};
}

/// A number of its own for each draw, without gaps where all lanes draw.
uint64_t Variables::ordinal_of(DrawnPer per, const DrawOrigin& origin) const {
    if (per == DrawnPer::user) {
        return origin.user;
    }
    uint64_t run = origin.turn * origin.lanes + origin.lane;
    return per == DrawnPer::task ? run : run * requests_max_ + origin.request;
}

/// May be beyond the last row with pick = unique.
uint64_t Variables::row_of(const Drawn& drawn, const DrawOrigin& origin) const {
    switch (drawn.spec.pick) {
    case Variable::Pick::unique:
        return ordinal_of(drawn.spec.per, origin);
    case Variable::Pick::circular:
        return ordinal_of(drawn.spec.per, origin) % drawn.csv->row_count();
    case Variable::Pick::random:
        break;
    }
    return draw_of(drawn, origin).below(drawn.csv->row_count());
}

bool Variables::may_be_unset(VariableRef ref) const {
    if (ref.stored) {
        return !stored_[ref.variable].given;
    }
    const Drawn& drawn = drawn_[ref.variable];
    return drawn.csv != nullptr && drawn.spec.pick == Variable::Pick::unique;
}

bool Variables::has_value(VariableRef ref, const DrawOrigin& origin,
                          const UserValues& values) const {
    if (ref.stored) {
        return stored_is_set(ref.variable, values);
    }
    const Drawn& drawn = drawn_[ref.variable];
    return drawn.csv == nullptr || row_of(drawn, origin) < drawn.csv->row_count();
}

bool Variables::rows_left(const DrawOrigin& origin) const {
    for (const Drawn& drawn : drawn_) {
        if (drawn.csv != nullptr && drawn.spec.per != DrawnPer::request &&
            row_of(drawn, origin) >= drawn.csv->row_count()) {
            return false;
        }
    }
    return true;
}

uint64_t Variables::pick(const DrawOrigin& origin) const {
    constexpr uint64_t stream = 0x7069636bu; // apart from those of names, which are mixed
    uint64_t lane = mix64(stream ^ mix64(origin.lane + 1));
    return random_bits({seed_, lane ^ mix64(uint64_t{origin.request} + 1)}, origin.turn);
}

void Variables::append(std::string& out, VariableRef ref, const DrawOrigin& origin,
                       const UserValues& values, Escape escape) const {
    using Kind = Variable::Kind;
    if (ref.stored) {
        append_escaped(out,
                       values.is_set(ref.variable) ? values.get(ref.variable)
                                                   : *stored_[ref.variable].given,
                       escape);
        return;
    }
    const Drawn& drawn = drawn_[ref.variable];
    const Variable& spec = drawn.spec;
    // Numbers, uuids, letters and digits are the same in every place.
    switch (spec.kind) {
    case Kind::integer: {
        auto low = static_cast<uint64_t>(spec.low);
        uint64_t size = static_cast<uint64_t>(spec.high) - low + 1;
        append_number(out, static_cast<int64_t>(low + draw_of(drawn, origin).below(size)));
        return;
    }
    case Kind::uuid: {
        Draw draw = draw_of(drawn, origin);
        append_uuid(out, draw.word(0), draw.word(1));
        return;
    }
    case Kind::sequence:
        append_number(out, static_cast<int64_t>(static_cast<uint64_t>(spec.low) +
                                                ordinal_of(spec.per, origin)));
        return;
    case Kind::choice:
        append_escaped(out, spec.texts[draw_of(drawn, origin).below(spec.texts.size())], escape);
        return;
    case Kind::text:
        draw_of(drawn, origin).append_text(out, static_cast<uint64_t>(spec.low));
        return;
    case Kind::now:
        append_now(out, spec, origin, escape);
        return;
    case Kind::value:
        append_escaped(out, spec.texts.front(), escape);
        return;
    case Kind::csv:
        drawn.csv->append_field(out, row_of(drawn, origin), ref.column, escape);
        return;
    }
}

} // namespace ringblast
