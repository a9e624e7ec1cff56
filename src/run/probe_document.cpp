// Probes that read a document over HTTP: one fetch serves all that ask the same URL.
#include "base/clock.hpp"
#include "base/quote.hpp"
#include "run/probe_source.hpp"
#include "scenario/json_text.hpp"

#include <charconv>
#include <cmath>
#include <variant>

namespace ringblast {

namespace {

/// The number that a JSON pointer finds.
class JsonQuery {
public:
    static Expected<JsonQuery> compile(const std::string& pointer) {
        Expected<JsonPointer> parsed = JsonPointer::parse(pointer);
        if (!parsed) {
            return std::unexpected(parsed.error());
        }
        if (parsed->has_any()) {
            return failure("pointer " + quoted(pointer) + ": * is no one place");
        }
        JsonQuery query;
        query.text_ = pointer;
        query.pointer_ = std::move(*parsed);
        return query;
    }

    ProbeValue look(const JsonText& json) const {
        std::string found;
        if (!json.append_found(found, pointer_, 0)) {
            return failure("nothing at " + quoted(text_));
        }
        if (found == "true" || found == "false") {
            return found == "true" ? 1.0 : 0.0;
        }
        double value = 0;
        const auto [end, error] = std::from_chars(found.data(), found.data() + found.size(), value);
        if (error != std::errc{} || end != found.data() + found.size() || !std::isfinite(value)) {
            return failure(quoted(found) + " at " + quoted(text_) + " is no number");
        }
        return value;
    }

private:
    std::string text_;
    JsonPointer pointer_;
};

using Query = std::variant<PrometheusQuery, JsonQuery>;

class DocumentSource : public ProbeSource {
public:
    DocumentSource(std::vector<Query> queries, std::unique_ptr<HttpFetch> fetch)
        : queries_(std::move(queries)), fetch_(std::move(fetch)) {}

    std::vector<ProbeValue> read(const FetchLimits& limits) override {
        const Expected<std::string_view> text = fetch_->fetch(limits);
        const int64_t now_ns = monotonic_ns();
        std::vector<ProbeValue> values;
        bool json_read = false, json_good = false;
        for (Query& query : queries_) {
            if (!text) {
                values.push_back(std::unexpected(text.error()));
            } else if (auto* metrics = std::get_if<PrometheusQuery>(&query)) {
                values.push_back(metrics->look(*text, now_ns));
            } else {
                json_good = json_read ? json_good : json_.read(*text);
                json_read = true;
                values.push_back(json_good ? std::get<JsonQuery>(query).look(json_)
                                           : failure("the response is not JSON"));
            }
        }
        return values;
    }

private:
    std::vector<Query> queries_;
    std::unique_ptr<HttpFetch> fetch_;
    JsonText json_;
};

/// Like the variant's, from the result of a compile.
template <class T>
Expected<Query> as_query(Expected<T> compiled) {
    return compiled ? Expected<Query>(std::move(*compiled)) : std::unexpected(compiled.error());
}

} // namespace

Expected<std::unique_ptr<ProbeSource>> make_document_source(std::span<const Probe> probes,
                                                            FetchPlan plan) {
    std::vector<Query> queries;
    for (const Probe& probe : probes) {
        Expected<Query> query = probe.source == Probe::Source::json
                                    ? as_query(JsonQuery::compile(probe.pointer))
                                    : as_query(PrometheusQuery::compile(probe));
        if (!query) {
            return failure("probe " + quoted(probe.name) + ": " + query.error().message);
        }
        queries.push_back(std::move(*query));
    }
    Expected<std::unique_ptr<HttpFetch>> fetch = HttpFetch::create(std::move(plan));
    if (!fetch) {
        return failure("probe " + quoted(probes.front().name) + ": " + fetch.error().message);
    }
    return std::make_unique<DocumentSource>(std::move(queries), std::move(*fetch));
}

} // namespace ringblast
