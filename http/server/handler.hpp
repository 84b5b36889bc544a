#pragma once

#include <gyre/http/server/server_response.hpp>
#include <gyre/runtime/coroutine/task.hpp>

#include <concepts>
#include <functional>
#include <type_traits>
#include <utility>

namespace gyre::http {

class server_request;

// What answers a request: anything that is called with a server_request& and gives a server_response, or a task of one. It
// is kept as long as the server, and is called for several requests at once. The request lives until the response has been
// sent.
// Thread: the loop's. Throws: std::bad_alloc; what moving the function throws.
class handler {
public:
    template <class Fn>
        requires(!std::same_as<std::remove_cvref_t<Fn>, handler> && std::invocable<std::decay_t<Fn>&, server_request&>)
    handler(Fn&& fn) {
        using result = std::invoke_result_t<std::decay_t<Fn>&, server_request&>;
        static_assert(std::same_as<result, task<server_response>> || std::convertible_to<result, server_response>,
                      "gyre: a handler gives a gyre::http::server_response, or a gyre::task of one");
        if constexpr (std::same_as<result, task<server_response>>)
            async_ = std::forward<Fn>(fn);
        else
            plain_ = std::forward<Fn>(fn);
    }

    // For the library.
    bool is_plain() const noexcept { return plain_ != nullptr; }
    server_response call(server_request& request) const { return plain_(request); }
    task<server_response> start(server_request& request) const { return async_(request); }

private:
    std::function<server_response(server_request&)> plain_;
    std::function<task<server_response>(server_request&)> async_;
};

}  // namespace gyre::http
