#pragma once
#include <gyre/http/headers/headers.hpp>
#include <gyre/runtime/loop/loop_options.hpp>

namespace gyre::http::detail {

// What a server's Keep-Alive header says of an idle connection.
struct keep_alive_hint {
    bool at_all = true;                 // false: it is closed at once
    duration until = duration::zero();  // idle so long the connection is still good; zero: it does not say
};

keep_alive_hint keep_alive_of(const headers& response);

}  // namespace gyre::http::detail
