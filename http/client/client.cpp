#include <gyre/http/client/client.hpp>
#include <gyre/http/client/detail/call.hpp>
#include <gyre/http/client/detail/pool.hpp>

#include <memory>
#include <utility>

namespace gyre::http {

client::client() : client(client_options()) {}
client::client(client_options options) : pool_(new detail::pool(std::move(options))) {}
client::client(client&&) noexcept = default;
client& client::operator=(client&& other) noexcept {
    if (this != &other) {
        if (pool_) pool_->shut_down();
        pool_ = std::move(other.pool_);
    }
    return *this;
}
client::~client() {
    if (pool_) pool_->shut_down();
}

http::request client::request(std::string_view method, std::string_view url) {
    auto made = std::make_unique<detail::call>(pool_, method);
    made->target = http::url::try_parse(url);
    if (!made->target) made->unparsed = url;
    return http::request(std::move(made));
}

http::request client::request(std::string_view method, http::url url) {
    auto made = std::make_unique<detail::call>(pool_, method);
    made->target = std::move(url);
    return http::request(std::move(made));
}

const client_options& client::options() const noexcept { return pool_->options(); }
client_stats client::stats() const noexcept { return pool_->stats(); }
void client::close_idle() noexcept { pool_->close_idle(); }

}  // namespace gyre::http
