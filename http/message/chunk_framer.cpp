#include <gyre/http/message/chunk_framer.hpp>

#include <gyre/http/headers/field_syntax.hpp>
#include <gyre/http/message/message_error.hpp>

#include <llhttp.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <stdexcept>
#include <string>

namespace gyre::http::detail {
namespace {

// Where the callbacks leave what they see; lives on the stack of read().
struct sink {
    const char* data = nullptr;
    std::size_t size = 0;
    bool last_chunk = false;
    bool line_ended = false;
    bool chunk_ended = false;
};

int on_body(llhttp_t* parser, const char* at, std::size_t size) {
    auto* const out = static_cast<sink*>(parser->data);
    out->data = at;
    out->size = size;
    return HPE_PAUSED;
}

int on_chunk_header(llhttp_t* parser) {
    auto* const out = static_cast<sink*>(parser->data);
    out->line_ended = true;
    out->last_chunk = parser->content_length == 0;
    return out->last_chunk ? HPE_PAUSED : 0;
}

int on_chunk_complete(llhttp_t* parser) {
    static_cast<sink*>(parser->data)->chunk_ended = true;
    return HPE_PAUSED;
}

const llhttp_settings_t& settings() {
    static const llhttp_settings_t made = [] {
        llhttp_settings_t s;
        llhttp_settings_init(&s);
        s.on_body = on_body;
        s.on_chunk_header = on_chunk_header;
        s.on_chunk_complete = on_chunk_complete;
        return s;
    }();
    return made;
}

// A parser that has read a head with "chunked" and now expects a chunk line.
const llhttp_t& after_head() {
    static const llhttp_t made = [] {
        llhttp_t parser;
        llhttp_init(&parser, HTTP_RESPONSE, &settings());
        sink ignored;
        parser.data = &ignored;
        constexpr std::string_view head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        bool good = llhttp_execute(&parser, head.data(), head.size()) == HPE_OK;
        // A loosely built llhttp takes any byte for the line feed of a chunk line: request smuggling.
        llhttp_t probe = parser;
        constexpr std::string_view loose = "3\rXabc";
        const bool strict = llhttp_execute(&probe, loose.data(), loose.size()) != HPE_OK && ignored.data == nullptr;
        parser.data = nullptr;
        if (!good || !strict) {
            throw std::logic_error("llhttp was built without LLHTTP_STRICT_MODE=1 and is not safe; rebuild gyre with its own CMake files");
        }
        return parser;
    }();
    return made;
}

}  // namespace

void chunk_framer::start() {
    static_assert(sizeof(llhttp_t) <= room && alignof(llhttp_t) <= alignof(std::max_align_t));
    ::new (static_cast<void*>(parser_)) llhttp_t(after_head());
    place_ = place::size;
    paused_ = false;
}

chunk_framer::result chunk_framer::read(std::string_view input) {
    std::size_t done = 0;
    while (done < input.size()) {
        const std::string_view left = input.substr(done);
        if (place_ == place::extensions) {
            done += extensions_.read(left);
            if (done < input.size()) place_ = place::rest;
            continue;
        }
        const std::size_t size_end = place_ == place::size ? left.find_first_of("; \t\r") : std::string_view::npos;
        const bool extended = size_end != std::string_view::npos && chunk_extensions::begin_with(left[size_end]);
        const result got = run(extended ? left.substr(0, size_end) : left);
        done += got.consumed;
        if (!got.data.empty() || got.last_chunk) return {got.data, done, got.last_chunk};
        if (!extended) continue;
        extensions_.start();
        place_ = place::extensions;
    }
    return {{}, done, false};
}

// Lets llhttp read until it finds data, a chunk's end, or the end of the last chunk's line.
chunk_framer::result chunk_framer::run(std::string_view input) {
    if (input.empty()) return {{}, 0, false};
    auto* const parser = std::launder(reinterpret_cast<llhttp_t*>(parser_));
    sink found;
    parser->data = &found;
    if (paused_) llhttp_resume(parser);
    const llhttp_errno_t code = llhttp_execute(parser, input.data(), input.size());
    parser->data = nullptr;
    paused_ = code == HPE_PAUSED;
    if (found.line_ended) place_ = place::rest;
    if (found.chunk_ended) place_ = place::size;
    if (code == HPE_OK) return {{}, input.size(), false};
    const char* const stop = llhttp_get_error_pos(parser);
    const std::size_t consumed = stop == nullptr ? 0 : static_cast<std::size_t>(stop - input.data());
    if (!paused_) {
        const char* const why = llhttp_get_error_reason(parser);
        const std::size_t at = std::min(consumed, input.size());
        fail(parse_error::bad_chunk, std::string("malformed chunk (") + (why != nullptr ? why : "?") + ")",
             input.substr(at > 16 ? at - 16 : 0, 48));
    }
    return {std::string_view(found.data, found.size), consumed, found.last_chunk};
}

}  // namespace gyre::http::detail
