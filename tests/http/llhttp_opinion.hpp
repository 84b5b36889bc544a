#pragma once

#include <gyre/http/message/head.hpp>

#include <llhttp.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// What llhttp makes of a head: a second, independent reading, to hold against the head guard's.
namespace opinion {

struct result {
    bool accepted = false;
    llhttp_errno_t error = HPE_OK;
    bool chunked = false;
    std::optional<std::uint64_t> length;
    int status = 0;
};

inline result read(std::string_view head, llhttp_type_t type) {
    result out;
    llhttp_settings_t settings;
    llhttp_settings_init(&settings);
    settings.on_headers_complete = [](llhttp_t* parser) -> int {
        auto* const r = static_cast<result*>(parser->data);
        r->accepted = true;
        r->chunked = (parser->flags & F_CHUNKED) != 0;
        if ((parser->flags & F_CONTENT_LENGTH) != 0) r->length = parser->content_length;
        r->status = parser->status_code;
        return HPE_PAUSED;
    };
    llhttp_t parser;
    llhttp_init(&parser, type, &settings);
    parser.data = &out;
    out.error = llhttp_execute(&parser, head.data(), head.size());
    return out;
}

// Empty when the two agree, else what they disagree about. Called for a head that the guard took.
template <class Head>
std::string disagreement(std::string_view bytes, const Head& head, llhttp_type_t type) {
    using gyre::http::body_kind;
    const result other = read(bytes, type);
    if (!other.accepted) {
        // llhttp knows a fixed list of methods, and URL schemes of letters only.
        if (type == HTTP_REQUEST &&
            (other.error == HPE_INVALID_METHOD || other.error == HPE_INVALID_URL || other.error == HPE_INVALID_CONSTANT))
            return {};
        // A 2xx to CONNECT ignores the headers that llhttp judges; a response may have "identity" or no Content-Length.
        if (head.body().kind == body_kind::tunnel) return {};
        return std::string("llhttp refuses it: ") + llhttp_errno_name(other.error);
    }
    if (head.body().kind == body_kind::chunked && !other.chunked) return "llhttp sees no chunked body";
    if (head.body().kind == body_kind::content_length && (other.chunked || other.length != head.body().length))
        return "llhttp sees another length";
    if (head.body().kind == body_kind::until_eof && (other.chunked || other.length)) return "llhttp sees a delimited body";
    if (type == HTTP_REQUEST && head.body().kind == body_kind::none && (other.chunked || other.length)) return "llhttp sees a body";
    return {};
}

}  // namespace opinion
