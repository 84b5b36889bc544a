// gyre's HTTP client as a user writes it: one client, as many workers as connections.
#include <gyre/http/http.hpp>
#include <gyre/runtime/runtime.hpp>

#include <exception>
#include <utility>
#include <vector>

#include "../support.hpp"

namespace {

struct job {
    const peers::http_options& options;
    gyre::http::client& http;
    std::size_t to_start = 0;
    peers::tally tally;
};

gyre::task<> worker(job& j) {
    while (j.to_start > 0) {
        --j.to_start;
        try {
            auto response = co_await j.http.get(j.options.url);
            auto body = co_await response.bytes();
            if (response.status() != 200 || body.size() != j.options.expect) continue;
            ++j.tally.requests;
            j.tally.bytes += body.size();
        } catch (const std::exception& e) {
            std::fprintf(stderr, "%s\n", e.what());  // missing from the tally, and so counts as an error
        }
    }
}

gyre::task<> round(job& j, std::size_t requests) {
    j.to_start = requests;
    j.tally = {};
    std::vector<gyre::task<>> workers;
    for (std::size_t i = 0; i < j.options.connections; ++i) workers.push_back(worker(j));
    co_await gyre::gather(std::move(workers));
}

gyre::task<int> measure(const peers::http_options& options) {
    gyre::http::client_options pool;
    pool.max_connections = options.connections;
    pool.max_connections_per_host = options.connections;
    gyre::http::client http(pool);
    job j{options, http, 0, {}};

    peers::http_measurement m(options);
    co_await round(j, m.warm_up());
    m.begin(j.tally);
    co_await round(j, options.requests);
    co_return m.end(j.tally, "gyre on " + std::string(gyre::event_loop::current().backend_name()));
}

}  // namespace

int main(int argc, char** argv) {
    const peers::http_options options = peers::http_command_line(argc, argv);
    return gyre::run(measure(options));
}
