// The words of the command line as they were typed, sorted into options but without meaning yet;
// test_options.hpp and the commands give them theirs.
#pragma once

#include "ringblast/error.hpp"
#include "ringblast/profile.hpp"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace ringblast {

/// How https is spoken.
struct TlsWords {
    bool insecure = false;
    std::optional<std::string> cacert, cert, key, sni, min, max, resume;
};

/// What every command that runs a load understands.
struct LoadWords {
    using Word = std::optional<std::string>;
    Word host;
    bool demo = false;
    Word users, connections, spawn_rate, duration, requests, rate, arrival, stages, warm_up,
        graceful_stop, pipeline, seed, mode;
    Word method, body, body_file, json_body, api_key, bearer, expect_status, message, message_size;
    std::vector<std::string> headers;
    Word timeout, connect_timeout, requests_per_connection, connect_to, local_ips, unix_socket,
        wait_for;
    std::vector<std::string> resolve;
    bool no_keepalive = false;
    TlsWords tls;
    Word threads, cpus, engine;
    bool no_pin = false;
    OutputPaths outputs;
    bool quiet = false, verbose = false, no_progress = false, show_secrets = false;
    std::vector<std::string> thresholds;
    bool abort_on_fail = false;
    Word fail_on, exit_code_on_error;
    bool strict = false;
    bool once = false;
    bool headless = false; ///< accepted, without effect
};

struct BlastWords : LoadWords {
    Word url;
};

struct RunWords : LoadWords {
    std::string profile; ///< a path, or the name of a built-in
    std::vector<std::string> classes;
    std::vector<std::string> tags, exclude_tags, user_classes; ///< lists with commas
    std::vector<std::string> set;                              ///< NAME=VALUE
    bool each = false;
};

/// The same words: what would be run is shown, not run.
struct CheckWords {
    RunWords run;
};

/// `ringblast limit`: a URL (or a path of the embedded target) with the request options, or a
/// profile with those that choose of it; which one is told by `is_url`.
struct LimitWords {
    std::string target;
    RunWords run;
    std::optional<std::string> slo, hold, precision, max_rate, min_rate, max_time;
    bool quick = false;

    bool is_url() const;
};

/// `ringblast suite`. What is said here goes for every run, before what the file says.
struct SuiteWords {
    std::string file;
    RunWords run;                  ///< without profile; its outputs are those of the overview
    std::vector<std::string> only; ///< lists of runs with commas
    std::optional<std::string> on_failure;
};

struct ProfilesWords {
    std::optional<std::string> name;
};

struct ServeWords {
    std::optional<std::string> host, port, unix_socket, threads, cpus, engine, seed;
    bool tls = false;
    std::optional<std::string> tls_port, cert, key, client_ca, cert_out;
};

struct ReportWords {
    std::string result;
    OutputPaths outputs;
};

struct DoctorWords {
    bool measure = false;
};

/// Nothing to do but to print this (help, version).
struct TextWords {
    std::string text;
};

using CommandWords = std::variant<BlastWords, RunWords, CheckWords, LimitWords, SuiteWords,
                                  ProfilesWords, ServeWords, ReportWords, DoctorWords, TextWords>;

/// Sorts the words. Errors name the option, what was read and what is allowed; a habit from
/// another tool gets the right word.
Expected<CommandWords> parse_words(const std::vector<std::string>& arguments);

} // namespace ringblast
