#include "cli/serve_options.hpp"

#include "base/units.hpp"
#include "cli/option_reading.hpp"

#include <fmt/format.h>

namespace ringblast {

ExpectedAll<ServeOptions> read_serve_options(const ServeWords& words) {
    ServeOptions options;
    std::vector<Error> errors;
    auto number = [&](const char* option, const std::optional<std::string>& word,
                      uint64_t least, uint64_t most, uint64_t otherwise) {
        if (!word) {
            return otherwise;
        }
        Expected<uint64_t> value = parse_count(*word);
        if (!value || *value < least || *value > most) {
            errors.push_back({fmt::format("{} {}: {} to {} is allowed", option, *word, least,
                                          most)});
            return otherwise;
        }
        return *value;
    };
    options.server.address = words.host.value_or("127.0.0.1");
    options.server.port = static_cast<uint16_t>(number("--port", words.port, 0, 65535, 8080));
    options.server.threads = static_cast<uint32_t>(number("--threads", words.threads, 1, 1024, 1));
    options.server.seed = number("--seed", words.seed, 0, UINT64_MAX, 1);
    options.server.unix_path = words.unix_socket.value_or("");
    uint64_t tls_port = number("--tls-port", words.tls_port, 0, 65535, 8443);
    if (words.cpus) {
        Expected<std::vector<int>> cpus = parse_cpu_list(*words.cpus);
        if (cpus) {
            options.server.cpus = *cpus;
        } else {
            errors.push_back(cpus.error());
        }
    }
    Expected<EngineChoice> engine = parse_engine(words.engine.value_or("auto"));
    if (engine) {
        options.server.engine = *engine;
    } else {
        errors.push_back(engine.error());
    }
    const std::pair<const char*, const std::optional<std::string>*> of_tls[] = {
        {"--tls-port", &words.tls_port}, {"--cert", &words.cert},
        {"--key", &words.key},           {"--client-ca", &words.client_ca},
        {"--cert-out", &words.cert_out},
    };
    for (auto [option, word] : of_tls) {
        if (*word && !words.tls) {
            errors.push_back({fmt::format("{} goes with --tls", option)});
        }
    }
    if (words.cert && words.cert_out) {
        errors.push_back({"--cert and --cert-out: only a self-made certificate is written"});
    }
    if (words.tls) {
        options.tls_server = options.server;
        options.tls_server->port = static_cast<uint16_t>(tls_port);
        options.tls_server->unix_path.clear();
        options.tls_server->tls = ServerTls{.cert = words.cert.value_or(""),
                                            .key = words.key.value_or(""),
                                            .client_ca = words.client_ca.value_or("")};
        options.cert_out = words.cert_out.value_or("");
    }
    if (!errors.empty()) {
        return std::unexpected(std::move(errors));
    }
    return options;
}

} // namespace ringblast
