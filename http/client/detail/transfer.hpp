#pragma once
#include <gyre/net/detail/transport.hpp>

namespace gyre::http::detail {

// The one send, or the one receive, that a connection has in flight. The connection stays while the kernel has it; Done is told of its
// end.
template <class Owner, void (Owner::*Done)() noexcept>
class transfer final : public gyre::detail::operation {
public:
    explicit transfer(Owner& owner) noexcept : owner_(owner) {}

    // False when the transport is closed: nothing follows then.
    bool start(net::detail::transport& on) {
        in_flight_ = on.start(*this);
        if (in_flight_) owner_.add_reference();
        return in_flight_;
    }
    bool in_flight() const noexcept { return in_flight_; }

    void completed() noexcept override {
        in_flight_ = false;
        (owner_.*Done)();
        owner_.release();
    }

private:
    Owner& owner_;
    bool in_flight_ = false;
};

}  // namespace gyre::http::detail
