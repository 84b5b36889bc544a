#include <gyre/http/client/client_options.hpp>
#include <gyre/http/client/detail/host_pool.hpp>

#include <utility>

namespace gyre::http::detail {

host_pool::host_pool(route where, const client_options& options, const url& first) : where_(std::move(where)) {
    const headers& defaults = options.default_headers;
    for (const std::string_view name : {"Content-Length", "Transfer-Encoding"}) {
        if (defaults.contains(name))
            throw header_error("client_options::default_headers has " + std::string(name) + ", which is the client's to set; remove it");
    }
    if (!defaults.contains("Host")) usual_headers_.add("Host", first.host_and_port());
    if (!defaults.contains("User-Agent") && !options.user_agent.empty()) usual_headers_.add("User-Agent", options.user_agent);
    if (!defaults.contains("Accept")) usual_headers_.add("Accept", "*/*");
    for (const auto [name, value] : defaults) usual_headers_.add(name, value);
    for (const auto [name, value] : usual_headers_) usual_fields_.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace gyre::http::detail
