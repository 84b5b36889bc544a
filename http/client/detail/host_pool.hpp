#pragma once
#include <gyre/http/client/client_options.hpp>
#include <gyre/http/client/detail/acquire.hpp>
#include <gyre/http/client/detail/connection.hpp>
#include <gyre/http/client/detail/dial.hpp>
#include <gyre/http/client/detail/route.hpp>
#include <gyre/http/headers/headers.hpp>
#include <gyre/runtime/coroutine/intrusive_list.hpp>

#include <cstddef>
#include <string>

namespace gyre::http::detail {

// The pool's part for one route. Of the requests that wait, the first ones have a connection under way on their behalf (`connecting`),
// as many as there are dials; the others wait for a slot. Whoever is first of all gets the next connection, whether it was dialled or
// given back.
class host_pool final : public core::list_hook<> {
public:
    host_pool(route where, const client_options& options, const url& first);

    const route& where() const noexcept { return where_; }
    // The headers that go with every request, as they stand on the wire.
    const std::string& usual_fields() const noexcept { return usual_fields_; }
    const headers& usual_headers() const noexcept { return usual_headers_; }

    // Another dial would serve somebody, and is within the limit for one host.
    bool wants_dial(std::size_t limit) const noexcept { return waiting_count != 0 && slots < limit; }
    bool unused() const noexcept { return slots == 0 && waiting_count == 0; }

    std::size_t slots = 0;           // connections, and dials
    bool sends_long_bodies = false;  // its last response had one
    std::size_t dial_count = 0;
    std::size_t connecting_count = 0;
    std::size_t waiting_count = 0;
    core::intrusive_list<dial> dials;
    core::intrusive_list<acquire> connecting;
    core::intrusive_list<acquire> waiting;
    core::intrusive_list<connection, idle_in_host> idle;  // the one used last is the first

private:
    route where_;
    headers usual_headers_;
    std::string usual_fields_;
};

}  // namespace gyre::http::detail
