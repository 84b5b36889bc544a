#pragma once
#include <gyre/http/client/bytes.hpp>
#include <gyre/http/client/detail/failure.hpp>
#include <gyre/http/message/head.hpp>
#include <gyre/runtime/coroutine/startable.hpp>
#include <gyre/runtime/loop/loop_options.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace gyre::http::detail {

namespace core = gyre::detail;
using core::core_ref;

class arrival;
class call;

// One request and its response, as the client sees what carries them: an HTTP/1 connection that is its own for so long. Streams of
// HTTP/2, or canned answers for tests, are others. The client asks for the head, then for the body, and when it is told `pending` it
// awaits arrival() and asks again.
class exchange {
public:
    enum class state : std::uint8_t {
        ready,    // here it is
        pending,  // await arrival(), then ask again
        failed,   // see why()
    };

    // Begins to send the request. The call lives until the end, abandon() or a failure; what the kernel reads later is copied or shared.
    virtual void start(call& request) = 0;
    // Fills `out` with the head of the response; interim ones are skipped. `ended`: there is no body, see read_body().
    virtual state read_head(response_head& out, bool& ended) = 0;
    // Appends body bytes to `into`: all that is left when `whole`, else what is there, at least one byte, about `piece` at most.
    // `ended`: that was the end of the body, and with it of this exchange, which nobody may touch any more. While pending, `into` may be
    // away.
    virtual state read_body(bytes& into, bool whole, std::size_t piece, bool& ended) = 0;
    // Gives the exchange up, at any time before it has ended. Never waits.
    virtual void abandon() noexcept = 0;

    const failure& why() const noexcept { return failure_; }
    // For messages.
    virtual std::string peer() const = 0;
    // True when the connection has carried an exchange before: a failure may then only mean that the server had closed it meanwhile.
    virtual bool reused() const noexcept = 0;

    void add_reference() noexcept { ++references_; }
    void release() noexcept {
        if (--references_ == 0) delete this;
    }

protected:
    friend class arrival;
    exchange() = default;
    exchange(const exchange&) = delete;
    exchange& operator=(const exchange&) = delete;
    virtual ~exchange() = default;

    // Wakes who awaits.
    void notify() noexcept;

    failure failure_;

private:
    arrival* waiting_ = nullptr;
    std::uint32_t references_ = 1;
};

// Awaits that something happens on an exchange.
class arrival final : public core::startable<arrival> {
public:
    enum class on_cancel : std::uint8_t {
        give_up,  // the exchange is of no use any more
        stay,     // what comes is kept for the next time
    };
    arrival(exchange& on, on_cancel then) noexcept : exchange_(&on), then_(then) {}
    // Sends the request first, unless a cancel is due.
    arrival(exchange& on, call& request) noexcept : exchange_(&on), request_(&request), then_(on_cancel::give_up) {}

    void await_resume() { throw_if_stopped(); }

    void cancel() noexcept override;
    std::string_view what() const noexcept override { return request_ != nullptr ? "http.request" : "http.body"; }

private:
    friend class exchange;
    friend class core::startable<arrival>;
    // False when it has failed at once.
    bool begin();

    exchange* exchange_;
    call* request_ = nullptr;
    on_cancel then_;
};

inline void exchange::notify() noexcept {
    if (waiting_ != nullptr) std::exchange(waiting_, nullptr)->branch_->wake();
}

}  // namespace gyre::http::detail
