#pragma once
#include <gyre/http/client/detail/failure.hpp>
#include <gyre/net/stream.hpp>
#include <gyre/runtime/coroutine/any_future.hpp>
#include <gyre/runtime/coroutine/future_core.hpp>
#include <gyre/runtime/coroutine/intrusive_list.hpp>
#include <gyre/runtime/coroutine/task.hpp>

#include <memory>

namespace gyre::http::detail {

class host_pool;
class pool;

// A connection in the making. It occupies a slot until it has ended. It runs as a task of its own, so that a request can take another
// connection that comes first, and this one is then there for the next request.
class dial final : public gyre::detail::list_hook<> {
public:
    dial(pool& owner, host_pool& host) noexcept;
    dial(const dial&) = delete;
    dial& operator=(const dial&) = delete;
    ~dial();

    // Connects, and tells the pool.
    static task<> run(std::unique_ptr<dial> self);

    host_pool& host() const noexcept { return *host_; }
    http::phase phase() const noexcept { return phase_; }

    any_future running;
    bool called_off = false;  // nobody wants it any more; out of its host's list
    bool over = false;        // the pool knows how it ended

private:
    task<net::stream> connect(failure& why);

    gyre::detail::core_ref<pool> pool_;
    host_pool* host_;
    http::phase phase_ = http::phase::connect;
};

}  // namespace gyre::http::detail
