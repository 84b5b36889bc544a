#pragma once

#include <gyre/http/server/server_response.hpp>

namespace gyre::http::detail {

// The door through which the server sees a response's body.
struct response_access {
    using body_type = decltype(server_response::body_);
    static body_type& body(server_response& r) noexcept { return r.body_; }
    static const body_type& body(const server_response& r) noexcept { return r.body_; }
};

}  // namespace gyre::http::detail
