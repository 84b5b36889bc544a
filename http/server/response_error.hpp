#pragma once

#include <stdexcept>
#include <string>

namespace gyre::http {

// Thrown by a handler (or by what it calls, such as server_request::text()) instead of giving a response: the server
// answers with the status, and the message as text. It is no failure of the handler and nothing is reported.
//
//     if (!found) throw http::response_error(404, "there is no order 17");
class response_error : public std::runtime_error {
public:
    // The message goes to the client; empty: the status and its usual phrase.
    explicit response_error(int status, const std::string& message = std::string()) : std::runtime_error(message), status_(status) {}

    int status() const noexcept { return status_; }

private:
    int status_;
};

}  // namespace gyre::http
