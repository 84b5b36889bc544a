// Arbitrary bytes as a head: the same result whole and in pieces, nothing in it that could not be sent again, and no
// disagreement with llhttp about the framing of what is accepted.
#include "../http/llhttp_opinion.hpp"

#include <gyre/http/headers/field_syntax.hpp>
#include <gyre/http/message/head_finder.hpp>
#include <gyre/http/message/head_writer.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using namespace gyre::http;

void require(bool condition) {
    if (!condition) std::abort();
}

template <class Head>
std::string describe(const Head& h) {
    std::string out;
    for (const auto [name, value] : h.headers()) {
        require(is_token(name) && is_field_value(value) && trim_whitespace(value).size() == value.size());
        require(h.headers().contains(name));
        out.append(name).append("=").append(value).append("|");
    }
    out += std::to_string(static_cast<int>(h.body().kind)) + " " + std::to_string(h.body().length) + (h.keep_alive() ? " k" : " c");
    return out;
}

std::string parse(head_kind kind, std::string_view bytes, std::string_view method) {
    if (kind == head_kind::request) {
        const request_head h = parse_request_head(bytes);
        require(is_token(h.method()) && !h.target().empty());
        (void)h.path_and_query();
        (void)h.authority();
        const std::string problem = opinion::disagreement(bytes, h, HTTP_REQUEST);
        if (!problem.empty()) std::fprintf(stderr, "%s\n", problem.c_str());
        require(problem.empty());
        std::string again;
        head_writer(again).request_line(h.method(), h.target(), h.version()).fields(h.headers()).end();
        require(describe(parse_request_head(again, head_limits(1 << 20, 100))) == describe(h));
        return std::string(h.method()) + " " + std::string(h.target()) + " " + describe(h);
    }
    const response_head h = parse_response_head(bytes, method);
    require(h.status() >= 100 && h.status() <= 999 && is_field_value(h.reason()));
    // "identity" is read as "no coding", which llhttp does not know.
    const bool identity = h.headers().contains("transfer-encoding") && h.body().kind != body_kind::chunked;
    const std::string problem = identity ? std::string() : opinion::disagreement(bytes, h, HTTP_RESPONSE);
    if (!problem.empty()) std::fprintf(stderr, "%s\n", problem.c_str());
    require(problem.empty());
    return std::to_string(h.status()) + " " + std::string(h.reason()) + " " + describe(h);
}

std::string receive(head_kind kind, std::string_view bytes, std::size_t step, std::string_view method) {
    try {
        head_finder finder(kind);
        for (std::size_t have = std::min(step, bytes.size());; have = std::min(have + step, bytes.size())) {
            if (const auto found = finder.find_end(bytes.substr(0, have))) return parse(kind, found->of(bytes), method);
            if (have == bytes.size()) return "incomplete";
        }
    } catch (const message_error& e) {
        return std::string(to_string(e.kind()));
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    // A refusal throws, and that is what takes the time: each reading is there for a reason.
    const std::string as_request = receive(head_kind::request, text, size + 1, "");
    require(receive(head_kind::request, text, 1, "") == as_request);
    if (text.starts_with("HTTP/")) {
        const std::string as_response = receive(head_kind::response, text, size + 1, "GET");
        require(receive(head_kind::response, text, 3, "GET") == as_response);
        (void)receive(head_kind::response, text, size + 1, "HEAD");
        (void)receive(head_kind::response, text, size + 1, "CONNECT");
    }
    // The parser alone must stand bytes in which no finder has found an end.
    if (as_request != "incomplete") return 0;
    try {
        (void)parse_request_head(text);
    } catch (const std::exception&) {
    }
    try {
        (void)parse_response_head(text);
    } catch (const std::exception&) {
    }
    return 0;
}
