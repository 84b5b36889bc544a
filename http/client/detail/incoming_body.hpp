#pragma once
#include <gyre/http/client/bytes.hpp>
#include <gyre/http/detail/receive_buffer.hpp>
#include <gyre/http/message/body_decoder.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace gyre::http::detail {

// The body of a response as it comes: where it ends, and how much of it has been taken.
class incoming_body {
public:
    // Starts with the body of the next response.
    void begin(const body_framing& framing);

    bool complete() const noexcept { return kind_ == kind::counted && left_ == 0; }
    // Its bytes stand on the connection as they are, so that they may be received straight into whoever's memory.
    bool plain() const noexcept { return kind_ != kind::chunked; }
    bool ends_with_connection() const noexcept { return kind_ == kind::until_eof; }
    // So many bytes are to come, when that is known; else the largest number.
    std::uint64_t left() const noexcept { return left_; }
    // Bytes of it that were taken.
    std::uint64_t received() const noexcept { return received_; }
    headers& trailers() { return decoder_->trailers(); }
    bool has_trailers() const noexcept { return kind_ == kind::chunked; }

    // Appends bytes of it to `into`, about `most` at most. `last`: no more than what `from` holds will come. True at the body's end.
    // Throws: message_error.
    bool take(receive_buffer& from, bytes& into, std::size_t most, bool last);
    // So many bytes came straight from the connection; gives how many of them are the body's.
    std::size_t count(std::size_t n) noexcept;
    // For messages: what a connection that ended has left out.
    std::string missing() const;

private:
    enum class kind : std::uint8_t { counted, until_eof, chunked };

    bool decode(receive_buffer& from, bytes& into, std::size_t most);

    std::uint64_t left_ = 0;
    std::uint64_t received_ = 0;
    std::unique_ptr<body_decoder> decoder_;  // made with the first chunked body
    kind kind_ = kind::counted;
};

}  // namespace gyre::http::detail
