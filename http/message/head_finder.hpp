#pragma once

#include <gyre/http/message/head.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace gyre::http {

enum class head_kind : std::uint8_t { request, response };

// Finds the end of a message head in a buffer that grows with every read, looking at each byte once.
//
//     head_finder finder(head_kind::response);
//     while (!(found = finder.find_end(buffered))) read more behind `buffered`;
//     auto head = parse_response_head(found->of(buffered));
//     // the body begins at found->end
//
// It refuses early what can never become a good head, so that a peer that speaks another protocol, sends bare line feeds
// or never ends its head does not hold the connection until a timeout.
// Thread: any, one at a time. Source: RFC 9112 sections 2.1 and 2.2.
class head_finder {
public:
    struct place {
        std::size_t begin;  // after empty lines that came before a request (RFC 9112 section 2.2)
        std::size_t end;    // one past the empty line that ends the head
        std::string_view of(std::string_view buffered) const noexcept { return buffered.substr(begin, end - begin); }
    };

    explicit head_finder(head_kind kind, const head_limits& limits = {}) noexcept : limits_(limits), kind_(kind) {}

    // `buffered` begins with the first byte after the previous message and holds at least what it held last time.
    // Returns: where the head lies; nothing when more bytes are needed.
    // Throws: message_error of kind not_http, head_too_large, bare_line_feed or bare_carriage_return.
    std::optional<place> find_end(std::string_view buffered);

    // True when nothing of a head has arrived: an end of the connection here is a clean one.
    bool idle() const noexcept { return line_ == 0 && scanned_ == 0; }

    // Gets ready for the next head.
    void reset() noexcept { begin_ = line_ = scanned_ = 0; }

    // Reports that the connection ended here.
    // Throws: message_error of kind truncated_head unless idle() or only empty lines came.
    void finish() const;

private:
    head_limits limits_;
    head_kind kind_;
    std::size_t begin_ = 0;    // where the head begins
    std::size_t line_ = 0;     // where the current line begins
    std::size_t scanned_ = 0;  // bytes that need no second look
};

}  // namespace gyre::http
