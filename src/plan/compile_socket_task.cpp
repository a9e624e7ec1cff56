// A task on a WebSocket: its upgrade is a request program like any other's, with the headers of
// RFC 6455 behind the user's; its steps get the requests that they are counted as.
#include "base/print.hpp"
#include "base/quote.hpp"
#include "plan/compile_socket.hpp"

#include <fmt/format.h>

namespace ringblast {

namespace {

class SocketTaskCompiler {
public:
    SocketTaskCompiler(const SocketTaskSource& source, const Plan& plan, uint32_t first)
        : source_(source), plan_(plan), first_(first) {}

    ExpectedAll<CompiledSocketTask> run() {
        const Task& task = source_.task;
        note(task.requests.front().name, plan_upgrade());
        for (size_t i = 1; i < task.requests.size(); ++i) {
            compiled_.requests.push_back(plan_request(task.requests[i]));
        }
        for (const SocketStep& step : task.ws->steps) {
            note(step.expect ? task.requests[step.request].name : task.name, plan_step(step));
        }
        if (!errors_.empty()) {
            return std::unexpected(std::move(errors_));
        }
        return std::move(compiled_);
    }

private:
    void note(const std::string& name, const Expected<void>& result) {
        if (!result) {
            errors_.push_back({fmt::format("request {}: {}", name, result.error().message)});
        }
    }

    PlannedRequest plan_request(const Request& request) const {
        return {.idempotent = false,
                .outcome_of = outcomes_of_connect(source_.profile.target.rate_limited),
                .timeout_ns = request.timeout.value_or(source_.profile.target.timeout).count()};
    }

    Expected<void> plan_upgrade() {
        const Request& upgrade = source_.task.requests.front();
        compiled_.requests.push_back(plan_request(upgrade));
        Expected<UpgradeHeaders> own = upgrade_headers(
            {.method = upgrade.method, .url = plan_.base, .headers = source_.headers},
            source_.task.ws->subprotocols);
        if (!own) {
            return std::unexpected(own.error());
        }
        std::vector<Header> headers = source_.headers;
        headers.insert(headers.end(), own->headers.begin(), own->headers.end());
        Expected<RequestProgram> program = RequestProgram::compile(
            {.request = upgrade, .url = plan_.base, .headers = std::move(headers)},
            plan_.variables);
        if (!program) {
            return std::unexpected(program.error());
        }
        compiled_.requests.front().program = std::move(*program);
        compiled_.task.subprotocols = std::move(own->subprotocols);
        return {};
    }

    Expected<void> plan_step(const SocketStep& step) {
        PlannedSocketStep planned{.kind = step.kind,
                                  .sends = step.send.has_value(),
                                  .waits = step.expect.has_value(),
                                  .is_check = step.within.has_value(),
                                  .by_expression = step.expression,
                                  .opcode = step.binary ? Opcode::binary : Opcode::text,
                                  .close_code = step.close_code,
                                  .repeat = step.repeat,
                                  .time_ns = step.hold.count()};
        if (step.send) {
            bool literal = step.binary || step.kind == SocketStep::Kind::ping;
            Expected<TextTemplate> text = text_of(*step.send, literal);
            if (!text) {
                return failure("send: " + text.error().message);
            }
            planned.text = std::move(*text);
        }
        if (step.expect) {
            if (Expected<void> made = plan_expectation(step, planned); !made) {
                return made;
            }
        }
        compiled_.task.steps.push_back(std::move(planned));
        return {};
    }

    Expected<void> plan_expectation(const SocketStep& step, PlannedSocketStep& planned) {
        planned.request = first_ + static_cast<uint32_t>(step.request);
        PlannedRequest& request = compiled_.requests[step.request];
        if (step.within) {
            request.timeout_ns = step.within->count();
        }
        planned.time_ns = request.timeout_ns;
        planned.problem = fmt::format(
            "no message {} {} within {}", step.expression ? "that matches" : "with",
            quoted(*step.expect), print_span(static_cast<double>(request.timeout_ns) / 1e9));
        if (step.expression) {
            Expected<Regex> expression = Regex::compile(*step.expect);
            if (!expression) {
                return failure("match: " + expression.error().message);
            }
            planned.expression = std::move(*expression);
            return {};
        }
        Expected<TextTemplate> wanted = text_of(*step.expect, false);
        if (!wanted) {
            return failure("expect: " + wanted.error().message);
        }
        planned.wanted = std::move(*wanted);
        return {};
    }

    Expected<TextTemplate> text_of(const std::string& text, bool literal) const {
        return literal ? TextTemplate::fixed(text)
                       : TextTemplate::compile(text, Escape::none, plan_.variables);
    }

    const SocketTaskSource& source_;
    const Plan& plan_;
    uint32_t first_;
    CompiledSocketTask compiled_;
    std::vector<Error> errors_;
};

} // namespace

ExpectedAll<CompiledSocketTask> compile_socket_task(const SocketTaskSource& source,
                                                    const Plan& plan, uint32_t first) {
    return SocketTaskCompiler(source, plan, first).run();
}

} // namespace ringblast
