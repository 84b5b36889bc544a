#include <gyre/http/client/detail/call.hpp>
#include <gyre/http/client/detail/perform.hpp>
#include <gyre/http/client/detail/pool.hpp>
#include <gyre/http/client/request.hpp>
#include <gyre/runtime/coroutine/errors.hpp>

#include <utility>

namespace gyre::http {

request::request(std::unique_ptr<detail::call> made) noexcept : call_(std::move(made)) {}
request::request(request&&) noexcept = default;
request& request::operator=(request&&) noexcept = default;
request::~request() = default;

detail::call& request::open() {
    if (!call_)
        throw invalid_state_error("gyre: this http::request was sent, or moved from; make a new one with client.get(url) or its like");
    return *call_;
}

request& request::header(std::string_view name, std::string_view value) & {
    open().request_headers.add(name, value);
    return *this;
}

request& request::query(std::string_view name, std::string_view value) & {
    // A URL that is none says so when it is sent.
    if (open().target) open().target->append_query(name, value);
    return *this;
}

request& request::body(std::string bytes) & {
    open().body = std::make_shared<const std::string>(std::move(bytes));
    return *this;
}

request& request::timeout(time_span total) & {
    open().total_timeout = total;
    return *this;
}
request& request::read_timeout(time_span idle) & {
    open().read_timeout = idle;
    return *this;
}
request& request::first_byte_timeout(time_span limit) & {
    open().first_byte_timeout = limit;
    return *this;
}

task<response> request::send() {
    open();
    return detail::perform(std::move(call_));
}

}  // namespace gyre::http
