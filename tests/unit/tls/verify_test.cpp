// Who is trusted, and what is said about who is not.
#include "base/unique_fd.hpp"
#include "rig.hpp"

#include <unistd.h>

using namespace ringblast;
using namespace ringblast::test;

namespace {

/// A file that goes with its object.
struct Scratch {
    std::string path = "/tmp/ringblast_tls_XXXXXX";
    explicit Scratch(const std::string& text) {
        UniqueFd file(mkstemp(path.data()));
        REQUIRE(file.get() >= 0);
        REQUIRE(write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    }
    ~Scratch() { unlink(path.c_str()); }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
};

} // namespace

TEST_CASE("a certificate is checked: issuer and name, or address") {
    Scratch own(certificate_pem(*identity()));
    Scratch other(certificate_pem(*make_tls_identity("elsewhere")));
    struct Row {
        const char* what;
        const std::string& ca;
        const char* host;
        const char* sni;
        int result;
        const char* said;
    };
    const Row rows[] = {
        {"by name", own.path, "localhost", "", 0, ""},
        {"by address", own.path, "127.0.0.1", "", 0, ""},
        {"by --sni instead of the URL's host", own.path, "nobody.example", "localhost", 0, ""},
        {"another name", own.path, "example.org", "", tls_result(TlsFailure::wrong_name),
         "the certificate is for 127.0.0.1, ::1, localhost, not for example.org"},
        {"another address", own.path, "127.0.0.2", "", tls_result(TlsFailure::wrong_name),
         "not for 127.0.0.2"},
        {"nobody knows it", other.path, "localhost", "", tls_result(TlsFailure::self_signed),
         "the certificate is self-signed (/CN=127.0.0.1)"},
    };
    for (const Row& row : rows) {
        for (TlsVersion version : {TlsVersion::tls_1_2, TlsVersion::tls_1_3}) {
            CAPTURE(row.what);
            Rig rig({.tls = {.ca = row.ca, .sni = row.sni, .min = version, .max = version},
                     .host = row.host});
            rig.connect();
            CHECK(rig.client.last(EventKind::connected) == row.result);
            TlsReport report = rig.client.io->tls_report();
            CHECK(report.verified);
            if (row.result == 0) {
                CHECK(report.failures.empty());
                continue;
            }
            CHECK(report.handshakes_failed == 1);
            REQUIRE(report.failures.size() == 1);
            std::string asked = *row.sni != '\0' ? row.sni : row.host;
            std::string text = tls_failure_text(row.result, report.failures[0], asked);
            CHECK_MESSAGE(text.contains(row.said), text);
            rig.client.io->close(0, CloseHow::orderly);
            rig.settle();
            CHECK(rig.server.last(EventKind::received) < 0);
            CHECK(rig.wires.violation.empty());
        }
    }
}

TEST_CASE("versions that do not meet") {
    TlsOptions client = Rig::client_options(), server = Rig::server_options();
    client.tls.min = client.tls.max = TlsVersion::tls_1_3;
    server.tls.max = TlsVersion::tls_1_2;
    Rig rig(client, server);
    rig.connect();
    int seen = rig.client.last(EventKind::connected);
    CHECK(seen == tls_result(TlsFailure::no_version));
    seen = rig.server.last(EventKind::received);
    CHECK(seen == tls_alert_result(70));
    CHECK(tls_failure_text(seen) == "TLS alert 70 from the target: protocol version");
}

TEST_CASE("a certificate of the client: shown, and missing") {
    Scratch trusted(certificate_pem(*identity()));
    TlsOptions server = Rig::server_options();
    server.tls.ca = trusted.path;
    for (TlsVersion version : {TlsVersion::tls_1_2, TlsVersion::tls_1_3}) {
        TlsOptions client = Rig::client_options();
        client.tls.min = client.tls.max = version;
        {
            client.identity = identity();
            Rig rig(client, server);
            rig.connect();
            CHECK(rig.client.last(EventKind::connected) == 0);
            rig.client.io->send(0, "it is me", SendNotice::on_failure);
            rig.settle();
            CHECK(rig.server.bytes[0] == "it is me");
        }
        client.identity = nullptr;
        Rig rig(client, server);
        rig.connect();
        CHECK(rig.server.last(EventKind::received) == tls_result(TlsFailure::no_certificate));
        rig.server.io->close(0, CloseHow::abort);
        rig.settle();
        // In TLS 1.3 the client is done before the server has looked.
        EventKind kind =
            version == TlsVersion::tls_1_2 ? EventKind::connected : EventKind::received;
        CHECK(rig.client.last(kind) < 0);
    }
}

TEST_CASE("options that cannot be") {
    Scratch rubbish("rubbish\n"), certificate(certificate_pem(*identity()));
    struct Row {
        const char* what;
        Tls tls;
        const char* said;
    };
    const Row rows[] = {
        {"no such file", {.ca = "/nowhere/ca.pem"}, "--cacert /nowhere/ca.pem: No such file"},
        {"not PEM", {.ca = rubbish.path}, "no certificates in PEM"},
        {"a key alone", {.verify = false, .key = rubbish.path}, "--key needs --cert"},
        {"no certificate", {.verify = false, .cert = rubbish.path}, "no certificate in PEM"},
        {"no key", {.verify = false, .cert = certificate.path}, "no key in PEM"},
        {"versions crossed",
         {.verify = false, .min = TlsVersion::tls_1_3, .max = TlsVersion::tls_1_2},
         "--tls-min"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.what);
        auto made = TlsContext::create({.tls = row.tls, .host = "localhost"});
        REQUIRE_FALSE(made.has_value());
        CHECK_MESSAGE(made.error().message.contains(row.said), made.error().message);
    }
}
