#include <gyre/http/server/server_response.hpp>

#include <gyre/http/server/detail/response_access.hpp>

#include <stdexcept>

namespace gyre::http {

server_response& server_response::set_status(int status) & {
    if (status < 200 || status > 999) {
        throw std::invalid_argument("gyre: response status " + std::to_string(status) +
                                    "; a handler answers with 200 to 999 (100 Continue is sent when the body is read)");
    }
    status_ = status;
    return *this;
}

server_response server_response::bytes(std::string body, std::string_view content_type, int status) {
    server_response made(status);
    made.headers_.add("Content-Type", content_type);
    made.body_ = std::move(body);
    return made;
}

server_response server_response::redirect(std::string_view location, int status) {
    server_response made(status);
    made.headers_.add("Location", location);
    return made;
}

server_response server_response::file(std::string path) {
    server_response made;
    made.body_ = detail::named_file{std::move(path)};
    return made;
}

server_response server_response::stream(async_generator<std::string> pieces, std::string_view content_type,
                                        std::optional<std::uint64_t> length) {
    server_response made;
    made.headers_.add("Content-Type", content_type);
    made.body_ = detail::streamed_body{std::move(pieces), length};
    return made;
}

}  // namespace gyre::http
