#pragma once

#include <gyre/http/headers/headers.hpp>
#include <gyre/http/message/framing.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace gyre::http {

// Writes a message head into a buffer, checking all that goes in, so that no text of the user can begin a new line:
//
//     head_writer(out).request_line("GET", url.target()).field("Host", url.host_and_port()).fields(extra).end();
//
// It appends to `out`, where several heads and bodies may stand one after the other for one write. When something throws,
// what was appended since the start line is removed again.
// Thread: any, one at a time. Throws: std::bad_alloc, and what a member names. Source: RFC 9112 sections 3 to 5.
class head_writer {
public:
    explicit head_writer(std::string& out) noexcept : out_(out), start_(out.size()) {}

    // Throws: header_error when the method is no token or the target is empty or holds a byte other than printable ASCII,
    // or '#'.
    head_writer& request_line(std::string_view method, std::string_view target, version v = version::http_1_1);

    // `reason` empty: the usual phrase for the status.
    // Throws: header_error when the status is not 100 to 999 or the reason holds a control character.
    head_writer& status_line(int status, std::string_view reason = {}, version v = version::http_1_1);

    // Throws: header_error as headers::add().
    head_writer& field(std::string_view name, std::string_view value);
    head_writer& field(std::string_view name, std::uint64_t value);

    // All of them, in order. They were checked when they were added.
    head_writer& fields(const headers& all);

    // The empty line.
    void end() { out_ += "\r\n"; }

private:
    std::string& out_;
    std::size_t start_;
};

// The usual reason phrase ("Not Found" for 404), or an empty view for a status without one.
// Thread: any. Source: IANA HTTP status code registry; RFC 9110 section 15.
std::string_view reason_phrase(int status) noexcept;

}  // namespace gyre::http
