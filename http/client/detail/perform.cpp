#include <gyre/http/client/detail/acquire.hpp>
#include <gyre/http/client/detail/credentials.hpp>
#include <gyre/http/client/detail/perform.hpp>
#include <gyre/http/client/detail/pool.hpp>
#include <gyre/http/headers/field_syntax.hpp>

#include <utility>

namespace gyre::http::detail {
namespace {

// Throws what keeps the request from being made.
void check(call& request) {
    if (!request.target) static_cast<void>(url::parse(request.unparsed));  // throws, and says what is wrong with it
    const url& target = *request.target;
    if (target.scheme() == "https")
        throw_impossible("https needs TLS, which this version of gyre does not have; use an http:// URL, or a proxy that adds TLS",
                         request.facts());
    if (target.scheme() != "http") throw_impossible("the client fetches http:// URLs only", request.facts());
    if (!is_token(request.method)) throw_impossible("the method is no token; use one such as \"GET\"", request.facts());
    if (request.method == "CONNECT") throw_impossible("CONNECT makes a tunnel, for proxies, not a request", request.facts());
    if (request.request_headers.empty()) return;
    // How the body ends is the client's business: a mistake here is a hole.
    for (const std::string_view name : {"Content-Length", "Transfer-Encoding"}) {
        if (request.request_headers.contains(name))
            throw_impossible("the header " + std::string(name) + " is the client's to set, from the body; do not set it", request.facts());
    }
}

// RFC 9110, section 9.2.2, as far as servers can be trusted with it.
bool may_repeat(const call& request) {
    const std::string_view method = request.method;
    return method == "GET" || method == "HEAD" || method == "OPTIONS" || method == "TRACE" ||
           request.request_headers.contains("Idempotency-Key");
}

// After a used connection turned out to be dead. The next one is new: what is sent twice is not sent again.
bool worth_repeating(const call& request, const failure& why, bool reused) {
    if (!reused || why.what != failure::kind::disconnected || why.response_began) return false;
    return !why.sent_something || may_repeat(request);
}

}  // namespace

task<response> perform(std::unique_ptr<call> request) {
    call& c = *request;
    check(c);
    take_credentials(c);
    pool& connections = *c.from;
    connections.bind(core::require_loop("an http request"));
    c.total = c.total_timeout.value_or(connections.options().total_timeout);
    for (;;) {
        failure why = co_await acquire(connections, c);
        if (why) c.fail(why);
        exchange& on = *c.on;
        if (c.total > duration::zero() && !c.deadline) c.deadline = connections.loop().deadline_after(c.total);
        bool ended = false;
        exchange::state now = exchange::state::pending;
        co_await arrival(on, c);
        for (;;) {
            now = on.read_head(c.head, ended);
            if (now != exchange::state::pending) break;
            co_await arrival(on, arrival::on_cancel::give_up);
        }
        if (now == exchange::state::ready) {
            if (ended) c.exchange_ended();
            c.body.reset();
            co_return response(std::move(request));
        }
        why = on.why();
        if (!worth_repeating(c, why, on.reused())) c.fail(why);
        c.drop_exchange();
        connections.count_retry();
        ++c.attempt;
    }
}

}  // namespace gyre::http::detail
