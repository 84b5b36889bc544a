#pragma once
#include <gyre/net/detail/name_service.hpp>
#include <gyre/net/resolver.hpp>
#include <gyre/runtime/loop/loop_state.hpp>

#include <memory>

namespace gyre::net::detail {

// Asks DNS servers through c-ares; its sockets are watched, and its time-outs kept, by the loop.
// Throws: net::error when the options' servers make no sense, or c-ares cannot start.
std::unique_ptr<name_service> make_cares_service(gyre::detail::loop_state& loop, const resolver_options& options);

}  // namespace gyre::net::detail
