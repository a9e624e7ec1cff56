#include "cli/once.hpp"

#include "base/print.hpp"
#include "cli/secrets.hpp"
#include "facade/preparation.hpp"
#include "facade/script.hpp"
#include "live/terminal.hpp"

#include <csignal>
#include <fmt/format.h>

namespace ringblast {

namespace {

constexpr Duration class_limit = std::chrono::minutes(10);
constexpr size_t body_shown_max = 4096;

/// One message with a mark in front of each line: the secrets of its head masked, a long body cut.
std::string render_message(std::string_view bytes, char mark, bool show_secrets) {
    std::string text;
    size_t blank = bytes.find("\r\n\r\n");
    std::string_view head = bytes.substr(0, blank);
    std::string_view body = blank == bytes.npos ? "" : bytes.substr(blank + 4);
    auto add_line = [&](std::string_view line) {
        text += fmt::format("  {} {}", mark, printable(line));
        text.erase(text.find_last_not_of(' ') + 1);
        text += '\n';
    };
    while (!head.empty()) {
        std::string_view line = head.substr(0, head.find("\r\n"));
        head.remove_prefix(std::min(head.size(), line.size() + 2));
        add_line(show_secrets ? std::string(line) : masked_header(std::string(line)));
    }
    if (body.empty()) {
        return text;
    }
    add_line("");
    std::string_view shown = body.substr(0, body_shown_max);
    while (!shown.empty()) {
        std::string_view line = shown.substr(0, shown.find('\n'));
        shown.remove_prefix(std::min(shown.size(), line.size() + 1));
        add_line(line.ends_with('\r') ? line.substr(0, line.size() - 1) : line);
    }
    if (body.size() > body_shown_max) {
        add_line(fmt::format("… and {} more",
                             print_bytes(static_cast<double>(body.size() - body_shown_max))));
    }
    return text;
}

class Showing {
public:
    explicit Showing(bool show_secrets)
        : paint_(probe_terminal(stdout).color), show_secrets_(show_secrets) {}

    bool failed = false;

    void part(const std::string& title, const ScriptEnd& end) {
        if (end.exchanges.empty() && !end.problem) {
            return;
        }
        fmt::print("{}\n", paint_.bold(title));
        for (const ScriptExchange& exchange : end.exchanges) {
            show(exchange);
        }
        if (end.skipped_tasks > 0) {
            fmt::print("  {} {} passed over: a variable that it reads was not set\n",
                       paint_.yellow("!"), print_counted(end.skipped_tasks, "task"));
        }
        failed = failed || end.problem.has_value();
        if (end.exchanges.empty() && end.problem) {
            fmt::print("  {} {}\n", paint_.red("✗"), *end.problem);
        }
        std::fflush(stdout);
    }

private:
    void show(const ScriptExchange& exchange) {
        bool ok = exchange.outcome == Outcome::ok;
        fmt::print("{} {}  {}{}\n", ok ? paint_.green("✓") : paint_.red("✗"),
                   printable(exchange.name),
                   print_latency(static_cast<double>(exchange.latency_ns)),
                   ok ? "" : "  " + paint_.red(printable(exchange.problem)));
        fmt::print("{}", render_message(exchange.request, '>', show_secrets_));
        fmt::print("{}\n", render_message(exchange.response, '<', show_secrets_));
    }

    Paint paint_;
    bool show_secrets_;
};

ExpectedAll<void> show_classes(const Preparation& preparation, const RunOptions& options,
                               Showing& showing) {
    for (UserClass users : preparation.profile.classes) {
        for (Task& task : users.tasks) {
            task.repeat = 1;
        }
        bool interrupted = options.stop != nullptr && options.stop->load() != 0;
        if (interrupted) {
            return {};
        }
        ExpectedAll<ScriptEnd> end =
            run_script(preparation.profile, {{users}, class_limit}, preparation.bindings, options);
        if (!end) {
            return std::unexpected(end.error());
        }
        showing.part(users.name, *end);
    }
    if (preparation.profile.teardown.empty()) {
        return {};
    }
    RunOptions unstoppable = options; // the tear-down runs after a signal as well
    unstoppable.stop = nullptr;
    ExpectedAll<ScriptEnd> end = run_script(
        preparation.profile, {script_of("teardown", preparation.profile.teardown), class_limit},
        preparation.bindings, unstoppable);
    if (!end) {
        return std::unexpected(end.error());
    }
    showing.part("teardown", *end);
    return {};
}

} // namespace

int run_once(TestOptions options, const std::vector<std::string>& arguments,
             const StopSignals& signals) {
    auto demo = get_ready(options, arguments, signals);
    if (!demo) {
        return demo.error();
    }
    ExpectedAll<Preparation> preparation = examine(options.profile);
    if (!preparation) {
        return usage_error(preparation.error());
    }
    if (ExpectedAll<void> reached = reach_target(*preparation, options.run); !reached) {
        return usage_error(reached.error());
    }
    Showing showing(options.show_secrets);
    showing.part("setup", preparation->setup);
    if (preparation->not_made) {
        fmt::print(stderr, "ringblast: {}\n", *preparation->not_made);
        return static_cast<int>(ExitCode::not_made);
    }
    if (ExpectedAll<void> shown = show_classes(*preparation, options.run, showing); !shown) {
        return usage_error(shown.error());
    }
    if (signals.count.load() > 0) {
        return static_cast<int>(signals.last.load() == SIGTERM ? ExitCode::terminated
                                                               : ExitCode::interrupted);
    }
    return static_cast<int>(showing.failed ? ExitCode::failed : ExitCode::ok);
}

} // namespace ringblast
