#include <gyre/http/server/server.hpp>

#include <gyre/http/server/detail/folder.hpp>
#include <gyre/http/server/detail/server_core.hpp>
#include <gyre/net/resolver.hpp>
#include <gyre/runtime/coroutine/errors.hpp>

#include <utility>

namespace gyre::http {

server::server(server_options options) : core_(std::make_shared<detail::server_core>(options)) {}
server::server(server&&) noexcept = default;

server& server::operator=(server&& other) noexcept {
    if (this == &other) return *this;
    if (core_) core_->abandon();
    core_ = std::move(other.core_);
    return *this;
}

server::~server() {
    if (core_) core_->abandon();
}

server& server::route(std::string_view method, std::string_view pattern, handler to) {
    core_->routes.add(method, pattern, std::move(to));
    return *this;
}

server& server::fallback(handler to) {
    core_->fallback.emplace(std::move(to));
    return *this;
}

server& server::serve_folder(std::string_view prefix, std::string directory, folder_options options) {
    const auto files = std::make_shared<const detail::folder>(std::move(directory), std::move(options));
    std::string pattern(prefix);
    if (!pattern.ends_with('/')) pattern += '/';
    if (pattern.size() > 1) {
        get(pattern.substr(0, pattern.size() - 1), [](server_request& request) {
            std::string location(request.path());
            location += '/';
            if (!request.query().empty()) location.append("?").append(request.query());
            return server_response::redirect(location, 301);
        });
    }
    return get(pattern + "{path...}", [files](server_request& request) { return files->respond(request); });
}

server& server::on_error(std::function<void(const server_request&, std::exception_ptr)> fn) {
    core_->on_error = std::move(fn);
    return *this;
}

server& server::on_response(std::function<void(const access_record&)> fn) {
    core_->on_response = std::move(fn);
    return *this;
}

task<> server::listen(std::string host, std::uint16_t port, net::listen_options options) {
    const bool literal = host.empty() || host == "localhost" || net::address::parse(host).has_value();
    if (literal) {
        core_->add_listener(net::listen(host, port, options));
        co_return;
    }
    std::vector<net::address> found = co_await net::resolve(std::move(host), port);
    core_->add_listener(net::listen(found.front(), options));
}

void server::listen(net::listener on) { core_->add_listener(std::move(on)); }

std::uint16_t server::port() const {
    return core_->listeners().empty() ? std::uint16_t{0} : core_->listeners().front().local_address().port();
}

std::vector<net::address> server::addresses() const {
    std::vector<net::address> all;
    for (const net::listener& l : core_->listeners()) all.push_back(l.local_address());
    return all;
}

task<> server::serve() { return detail::server_core::serve(core_); }
task<> server::shutdown(time_span grace) { return detail::server_core::shutdown(core_, grace); }
task<> server::close() { return detail::server_core::shutdown(core_, duration::zero()); }
void server::stop() noexcept { core_->begin_stop(); }

server_stats server::stats() const noexcept { return core_->stats; }

}  // namespace gyre::http
