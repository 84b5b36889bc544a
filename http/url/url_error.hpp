#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace gyre::http {

// A text that is not a URL. `what()` names the text (a password in it is masked), the cause and the cure.
class url_error : public std::invalid_argument {
public:
    url_error(const std::string& message, std::string input) : std::invalid_argument(message), input_(std::move(input)) {}

    // The text that was refused, as it was given: it may hold a password.
    const std::string& input() const noexcept { return input_; }

private:
    std::string input_;
};

namespace detail {

enum class url_issue : std::uint8_t {
    none,
    too_long,
    no_scheme,
    opaque_base,
    empty_host,
    no_host_before_port,
    credentials_without_host,
    bad_host_character,
    bad_domain,
    empty_domain,
    bad_ipv4,
    bad_ipv6,
    bad_port,
    port_too_large,
    no_idna,
};

// Builds the error for `input`, resolved against `base` when that is not empty.
url_error make_url_error(url_issue issue, std::string_view input, std::string_view base);

}  // namespace detail
}  // namespace gyre::http
