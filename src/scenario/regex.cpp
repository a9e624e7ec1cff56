#include "scenario/regex.hpp"

#include "base/check.hpp"
#include "base/quote.hpp"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <string>

namespace ringblast {

namespace {

constexpr size_t machine_stack_min = 32 * 1024;
constexpr size_t machine_stack_max = 512 * 1024;
constexpr uint32_t match_limit = 1'000'000; ///< steps: some milliseconds
constexpr uint32_t heap_limit_kib = 8 * 1024;

} // namespace

void Regex::Free::operator()(pcre2_real_code_8* code) const {
    pcre2_code_free(code);
}

Expected<Regex> Regex::compile(std::string_view pattern) {
    int error = 0;
    PCRE2_SIZE offset = 0;
    Regex regex;
    regex.code_.reset(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(),
                                    PCRE2_MATCH_INVALID_UTF, &error, &offset, nullptr));
    if (regex.code_ == nullptr) {
        PCRE2_UCHAR message[160] = {};
        pcre2_get_error_message(error, message, sizeof message);
        return failure("the regular expression " + quoted(pattern) + " is not valid at character " +
                       std::to_string(offset + 1) + ": " + reinterpret_cast<const char*>(message));
    }
    // Where memory may not be made executable it stays with the interpreter.
    pcre2_jit_compile(regex.code_.get(), PCRE2_JIT_COMPLETE);
    return regex;
}

uint32_t Regex::group_count() const {
    uint32_t count = 0;
    pcre2_pattern_info(code_.get(), PCRE2_INFO_CAPTURECOUNT, &count);
    return count;
}

struct RegexMatcher::Scratch {
    pcre2_match_context* context = pcre2_match_context_create(nullptr);
    pcre2_jit_stack* stack = pcre2_jit_stack_create(machine_stack_min, machine_stack_max, nullptr);
    pcre2_match_data* data = nullptr;
    uint32_t groups = 0;

    Scratch() {
        CHECK(context != nullptr);
        pcre2_set_match_limit(context, match_limit);
        pcre2_set_heap_limit(context, heap_limit_kib);
        if (stack != nullptr) { // without machine code there is none
            pcre2_jit_stack_assign(context, nullptr, stack);
        }
    }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    ~Scratch() {
        pcre2_match_data_free(data);
        pcre2_jit_stack_free(stack);
        pcre2_match_context_free(context);
    }
    void make_room(uint32_t group) {
        if (data == nullptr || group >= groups) {
            groups = group + 1;
            pcre2_match_data_free(data);
            data = pcre2_match_data_create(groups, nullptr);
            CHECK(data != nullptr);
        }
    }
};

RegexMatcher::RegexMatcher() = default;
RegexMatcher::~RegexMatcher() = default;

RegexMatcher::Found RegexMatcher::search(const Regex& regex, std::string_view subject,
                                         uint32_t group) {
    if (scratch_ == nullptr) {
        scratch_ = std::make_unique<Scratch>();
    }
    scratch_->make_room(group);
    if (subject.data() == nullptr) {
        subject = "";
    }
    int count = pcre2_match(regex.code_.get(), reinterpret_cast<PCRE2_SPTR>(subject.data()),
                            subject.size(), 0, 0, scratch_->data, scratch_->context);
    if (count == PCRE2_ERROR_NOMATCH) {
        return {Result::absent};
    }
    if (count < 0) {
        return {Result::too_hard}; // the limits; nothing else can happen to a compiled expression
    }
    // 0 says that there was no room for all groups; those that were asked for are there.
    const PCRE2_SIZE* offsets = pcre2_get_ovector_pointer(scratch_->data);
    bool took_part =
        (count == 0 || group < static_cast<uint32_t>(count)) && offsets[2 * group] != PCRE2_UNSET;
    // \K in a lookahead may set the start behind the end.
    if (!took_part || offsets[2 * group + 1] < offsets[2 * group]) {
        return {Result::found};
    }
    return {Result::found,
            subject.substr(offsets[2 * group], offsets[2 * group + 1] - offsets[2 * group])};
}

} // namespace ringblast
