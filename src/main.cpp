// The program: words in, exit code out. mimalloc takes the place of new and delete here and only
// here, so that the library stays what its user links it with, and sanitizers see all.
#include "cli/doctor.hpp"
#include "cli/limit_command.hpp"
#include "cli/load_test.hpp"
#include "cli/profile_commands.hpp"
#include "cli/report_command.hpp"
#include "cli/serve_options.hpp"
#include "cli/suite_command.hpp"
#include "ringblast/exit_code.hpp"

#include <csignal>
#include <fmt/format.h>
#include <iostream>
#ifdef RINGBLAST_MIMALLOC
#include "tls/library.hpp"

#include <mimalloc-new-delete.h>
#include <mimalloc.h>
#endif

namespace {

ringblast::StopSignals signals;

void on_stop_signal(int number) {
    signals.last.store(number);
    signals.count.fetch_add(1);
}

void handle_stop_signals() {
    struct sigaction action {};
    action.sa_handler = on_stop_signal;
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
}

struct Command {
    const std::vector<std::string>& arguments;

    int operator()(const ringblast::TextWords& words) const {
        fmt::print("{}", words.text);
        return 0;
    }
    int operator()(const ringblast::ReportWords& words) const {
        return ringblast::run_report(words);
    }
    int operator()(const ringblast::DoctorWords& words) const {
        return ringblast::run_doctor(words, std::cout);
    }
    int operator()(const ringblast::ServeWords& words) const {
        ringblast::ExpectedAll<ringblast::ServeOptions> options =
            ringblast::read_serve_options(words);
        return options ? ringblast::serve(*options) : ringblast::usage_error(options.error());
    }
    int operator()(const ringblast::CheckWords& words) const { return ringblast::run_check(words); }
    int operator()(const ringblast::ProfilesWords& words) const {
        return ringblast::run_profiles(words);
    }
    int operator()(const ringblast::RunWords& words) const {
        handle_stop_signals();
        return ringblast::run_profile(words, arguments, signals);
    }
    int operator()(const ringblast::SuiteWords& words) const {
        handle_stop_signals();
        return ringblast::run_suite(words, arguments, signals);
    }
    int operator()(const ringblast::LimitWords& words) const {
        handle_stop_signals();
        return ringblast::run_limit(words, arguments, signals);
    }
    int operator()(const ringblast::BlastWords& words) const {
        handle_stop_signals();
        return ringblast::run_blast(words, arguments, signals);
    }
};

} // namespace

int main(int argc, char** argv) {
#ifdef RINGBLAST_MIMALLOC
    ringblast::set_tls_allocator({.allocate = mi_malloc,
                                  .release = mi_free,
                                  .resize = mi_realloc,
                                  .usable_size = mi_usable_size});
#endif
    std::signal(SIGPIPE, SIG_IGN); // a report into a closed pipe is an error, not the end
    std::vector<std::string> arguments(argv + 1, argv + argc);
    ringblast::Expected<ringblast::CommandWords> words = ringblast::parse_words(arguments);
    if (!words) {
        return ringblast::usage_error({words.error()});
    }
    return std::visit(Command{arguments}, *words);
}
