#include "cli/tls_options.hpp"

#include "protocol/url.hpp"

#include <array>
#include <fmt/format.h>

namespace ringblast {

namespace {

using Word = std::optional<std::string>;

/// The option that was given, for messages; empty: none.
std::string_view first_given(const TlsWords& words) {
    const std::array<std::pair<std::string_view, bool>, 8> given = {{
        {"--insecure", words.insecure},
        {"--cacert", words.cacert.has_value()},
        {"--cert", words.cert.has_value()},
        {"--key", words.key.has_value()},
        {"--sni", words.sni.has_value()},
        {"--tls-min", words.min.has_value()},
        {"--tls-max", words.max.has_value()},
        {"--tls-resume", words.resume.has_value()},
    }};
    for (auto [option, is_given] : given) {
        if (is_given) {
            return option;
        }
    }
    return {};
}

void read_version(const char* option, const Word& word, TlsVersion& version,
                  std::vector<Error>& errors) {
    if (!word) {
        return;
    }
    if (*word != "1.2" && *word != "1.3") {
        errors.push_back({fmt::format("{} {}: 1.2 or 1.3 is allowed", option, *word)});
        return;
    }
    version = *word == "1.2" ? TlsVersion::tls_1_2 : TlsVersion::tls_1_3;
}

} // namespace

void read_tls(const TlsWords& words, std::string_view url, Tls& tls, std::vector<Error>& errors) {
    std::string_view given = first_given(words);
    if (given.empty()) {
        return;
    }
    if (Expected<Url> parsed = parse_url(url); !url.empty() && parsed && !parsed->tls()) {
        errors.push_back({fmt::format("{} goes with an https:// URL, and {} is none", given,
                                      render_url(*parsed))});
    }
    if (words.insecure && words.cacert) {
        errors.push_back({"--insecure and --cacert: the one checks nothing, the other says what to "
                          "check with"});
    }
    tls.verify = tls.verify && !words.insecure;
    tls.ca = words.cacert.value_or(tls.ca);
    tls.cert = words.cert.value_or(tls.cert);
    tls.key = words.key.value_or(words.cert ? "" : tls.key);
    tls.sni = words.sni.value_or(tls.sni);
    read_version("--tls-min", words.min, tls.min, errors);
    read_version("--tls-max", words.max, tls.max, errors);
    if (words.resume && *words.resume != "on" && *words.resume != "off") {
        errors.push_back({fmt::format("--tls-resume {}: on or off is allowed", *words.resume)});
    } else if (words.resume) {
        tls.resume = *words.resume == "on";
    }
}

} // namespace ringblast
