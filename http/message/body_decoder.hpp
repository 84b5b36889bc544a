#pragma once

#include <gyre/http/headers/headers.hpp>
#include <gyre/http/message/chunk_framer.hpp>
#include <gyre/http/message/framing.hpp>
#include <gyre/http/message/message_error.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace gyre::http {

// Bounds on what stands around the data of a chunked body.
struct body_limits {
    std::size_t max_extension_bytes = std::size_t{16} << 10;  // all chunk extensions of one body together
    std::size_t max_trailer_bytes = std::size_t{16} << 10;
    std::size_t max_trailer_fields = 100;

    body_limits() = default;
};

// Takes the bytes behind a message head apart into body data. It copies nothing: what it returns are views into what it
// is given, and framing is skipped.
//
//     body_decoder decoder(head.body());
//     while (!decoder.done()) {
//         auto step = decoder.decode(buffered);
//         use(step.body);
//         drop the first step.consumed bytes of `buffered`;
//         if (step.body.empty() && !step.done) read more, or decoder.finish() at the end of the connection;
//     }
//     // what is left in `buffered` belongs to the next message
//
// The cost is linear in the bytes, also for chunks of one byte. An object may be moved at any time.
// Thread: any, one at a time. Throws: std::bad_alloc, and what a member names. Source: RFC 9112 sections 6 and 7.
class body_decoder {
public:
    struct step {
        std::string_view body;  // the next run of body data, a part of the input; empty when there is none in it
        std::size_t consumed;   // bytes of the input that are dealt with, `body` among them; all of it when `body` is empty and
                                // `done` is false
        bool done;              // the body is complete; the rest of the input is not part of it
    };

    // A decoder for no body: done() from the start.
    body_decoder() = default;
    explicit body_decoder(body_framing framing, const body_limits& limits = {});

    // Decodes from the front of `input`, which continues where the last consumed byte ended.
    // Throws: message_error (bad_chunk, chunk_line_too_long, trailers_too_large, and the errors of header lines for
    // trailers). The decoder is then of no use any more, nor is the connection.
    step decode(std::string_view input);

    // Tells that the connection ended. For a body until_eof that completes it.
    // Throws: message_error of kind truncated_body when the body is not complete.
    void finish();

    bool done() const noexcept { return state_ == state::done; }

    // Bytes of body data decoded so far.
    std::uint64_t received() const noexcept { return received_; }

    // The trailers of a chunked body, once done(). Fields that may not be trailers (those for framing, routing,
    // authentication, caching or the content) are dropped. Source: RFC 9110 section 6.5.1.
    const headers& trailers() const noexcept { return trailers_; }
    headers& trailers() noexcept { return trailers_; }

private:
    enum class state : std::uint8_t { counted, until_eof, chunks, trailers, done, failed };

    step decode_chunks(std::string_view input);
    step decode_trailers(std::string_view input);
    void take_trailers();

    state state_ = state::done;
    std::uint64_t remaining_ = 0;  // counted: bytes still to come
    std::uint64_t received_ = 0;
    detail::chunk_framer framer_;
    std::size_t line_bytes_ = 0;       // of the chunk line being read
    std::size_t extension_bytes_ = 0;  // of all lines before it
    body_limits limits_;
    std::string trailer_text_;
    std::size_t trailer_line_ = 0;
    headers trailers_;
};

// True for fields that may not be trailers. Thread: any. Source: RFC 9110 section 6.5.1.
bool is_forbidden_trailer(std::string_view name) noexcept;

}  // namespace gyre::http
