#include <gyre/http/message/chunk_writer.hpp>

#include <gyre/http/headers/field_syntax.hpp>
#include <gyre/http/message/body_decoder.hpp>
#include <gyre/http/message/head_writer.hpp>

namespace gyre::http {

chunk_line::chunk_line(std::uint64_t size) noexcept : begin_(sizeof text_) {
    if (size == 0) return;
    text_[--begin_] = '\n';
    text_[--begin_] = '\r';
    for (; size != 0; size >>= 4) text_[--begin_] = "0123456789abcdef"[size & 15];
}

void append_chunk(std::string& out, std::string_view data) {
    if (data.empty()) return;
    const chunk_line line(data.size());
    out.append(line.line()).append(data).append(chunk_end);
}

void append_last_chunk(std::string& out, const headers& trailers) {
    for (const auto [name, value] : trailers) {
        if (is_forbidden_trailer(name)) {
            throw header_error("header " + detail::quoted(name) + " may not be a trailer (RFC 9110 section 6.5.1); send it in the head");
        }
    }
    out += "0\r\n";
    head_writer(out).fields(trailers).end();
}

}  // namespace gyre::http
