#include <gyre/http/client/detail/failure.hpp>
#include <gyre/http/client/error.hpp>
#include <gyre/http/message/head_writer.hpp>
#include <gyre/net/error.hpp>

#include <chrono>
#include <cstdio>
#include <utility>

namespace gyre::http {
namespace {

using detail::error_facts;
using detail::failure;
using detail::request_facts;

std::string seconds(duration d) {
    char text[32];
    std::snprintf(text, sizeof text, "%.4g s", std::chrono::duration<double>(d).count());
    return text;
}

std::shared_ptr<error_facts> facts_of(const request_facts& request) {
    auto facts = std::make_shared<error_facts>();
    facts->attempt = request.attempt;
    facts->method = request.method;
    facts->peer = request.peer;
    if (request.url != nullptr) {
        http::url shown = *request.url;
        shown.clear_credentials();
        shown.clear_fragment();
        facts->url = shown.href();
    }
    return facts;
}

// "gyre: GET http://h/: <cause> (while reading, peer 127.0.0.1:80, attempt 1, the server may have processed it)".
std::string sentence(const error_facts& facts, const std::string& cause) {
    std::string text = "gyre: " + facts.method + " " + facts.url + ": " + cause + " (";
    switch (facts.phase) {
        case phase::prepare:
            text += "nothing was sent";
            break;
        case phase::pool:
            text += "while waiting for a connection";
            break;
        case phase::dns:
            text += "while resolving the name";
            break;
        case phase::connect:
            text += "while connecting";
            break;
        case phase::write:
            text += "while sending the request";
            break;
        case phase::first_byte:
            text += "while waiting for the response";
            break;
        case phase::read:
            text += "while reading the response";
            break;
    }
    if (!facts.peer.empty()) text += ", peer " + facts.peer;
    text += ", attempt " + std::to_string(facts.attempt);
    // Once there is a response everybody knows that the request was processed.
    if (facts.phase == phase::write || facts.phase == phase::first_byte)
        text +=
            facts.may_have_been_processed ? ", the server may have processed the request" : ", the server has not processed the request";
    return text + ")";
}

// What sets a time limit: ".timeout()" of the request itself, or "client_options::total_timeout".
std::string knob_of(std::string_view limit_name, bool request_has_own) {
    if (!request_has_own) return "client_options::" + std::string(limit_name);
    return "." + std::string(limit_name == "total_timeout" ? "timeout" : limit_name) + "() of the request";
}

std::string cause_of_timeout(const failure& why, bool request_has_own) {
    std::string text = "no ";
    switch (why.phase) {
        case phase::pool:
            text += "connection became free";
            break;
        case phase::dns:
            text += "address for the name";
            break;
        case phase::prepare:
        case phase::connect:
            text += "connection";
            break;
        case phase::write:
            text += "progress in sending";
            break;
        case phase::first_byte:
            text += "response";
            break;
        case phase::read:
            text += why.limit_name == "total_timeout" ? "complete response" : "more of the response";
            break;
    }
    return text + " within " + seconds(why.limit) + "; allow more with " + knob_of(why.limit_name, request_has_own);
}

// Where the message layer does not know which knob the limit came from.
const char* cure_of(parse_error rule) {
    switch (rule) {
        case parse_error::head_too_large:
            return "; if it is honest allow more with client_options::max_head_bytes";
        case parse_error::too_many_fields:
            return "; if it is honest allow more with client_options::max_header_fields";
        default:
            return "";
    }
}

std::string cause_of_end(const std::error_code& code) {
    if (code == net::errc::end_of_stream) return "the peer closed the connection";
    return "the connection failed: " + code.message();
}

}  // namespace

std::string_view to_string(phase p) noexcept {
    switch (p) {
        case phase::prepare:
            return "prepare";
        case phase::pool:
            return "pool";
        case phase::dns:
            return "dns";
        case phase::connect:
            return "connect";
        case phase::write:
            return "write";
        case phase::first_byte:
            return "first byte";
        case phase::read:
            return "read";
    }
    return "unknown";
}

error::error(const std::string& message, std::shared_ptr<const detail::error_facts> facts)
    : std::runtime_error(message), facts_(std::move(facts)) {}

http::phase error::phase() const noexcept { return facts_->phase; }
const std::string& error::peer() const noexcept { return facts_->peer; }
int error::attempt() const noexcept { return facts_->attempt; }
bool error::may_have_been_processed() const noexcept { return facts_->may_have_been_processed; }
const std::string& error::method() const noexcept { return facts_->method; }
const std::string& error::url() const noexcept { return facts_->url; }

const std::error_code& connect_error::code() const noexcept { return facts_->code; }
duration timeout_error::limit() const noexcept { return facts_->limit; }
std::string_view timeout_error::limit_name() const noexcept { return facts_->limit_name; }
const std::error_code& disconnected_error::code() const noexcept { return facts_->code; }
parse_error protocol_error::kind() const noexcept { return facts_->rule; }
const std::error_code& truncated_error::code() const noexcept { return facts_->code; }
std::uint64_t truncated_error::received() const noexcept { return facts_->received; }
int status_error::status() const noexcept { return facts_->status; }

namespace detail {

void throw_failure(const failure& why, const request_facts& request) {
    auto facts = facts_of(request);
    facts->phase = why.phase;
    facts->rule = why.rule;
    facts->code = why.code;
    facts->limit = why.limit;
    facts->limit_name = why.limit_name;
    facts->received = why.received;
    facts->may_have_been_processed = why.sent_something;
    switch (why.what) {
        case failure::kind::connect:
            throw connect_error(sentence(*facts, why.message), facts);
        case failure::kind::timed_out:
            throw timeout_error(sentence(*facts, cause_of_timeout(why, request.has_own_limit)), facts);
        case failure::kind::disconnected:
            throw disconnected_error(sentence(*facts, cause_of_end(why.code) + " without an answer"), facts);
        case failure::kind::protocol:
            throw protocol_error(sentence(*facts, "the response is malformed: " + why.message + cure_of(why.rule)), facts);
        case failure::kind::truncated:
            throw truncated_error(sentence(*facts, cause_of_end(why.code) + " inside the response" +
                                                       (why.message.empty() ? std::string() : ": " + why.message)),
                                  facts);
        case failure::kind::none:
        case failure::kind::aborted:
            break;
    }
    throw error(sentence(*facts, why.message), facts);
}

void throw_status_error(int status, std::string_view reason, const request_facts& request) {
    auto facts = facts_of(request);
    facts->phase = phase::read;
    facts->status = status;
    facts->may_have_been_processed = true;
    if (reason.empty()) reason = reason_phrase(status);
    throw status_error(
        "gyre: " + facts->method + " " + facts->url + ": the server answered " + std::to_string(status) + " " + std::string(reason), facts);
}

void throw_too_large(std::uint64_t limit, const request_facts& request) {
    auto facts = facts_of(request);
    facts->phase = phase::read;
    facts->may_have_been_processed = true;
    throw too_large_error(
        sentence(*facts, "the body has more than " + std::to_string(limit) + " bytes; allow more, or take it in pieces with chunks()"),
        facts);
}

void throw_impossible(const std::string& why, const request_facts& request) {
    auto facts = facts_of(request);
    throw error(sentence(*facts, why), facts);
}

}  // namespace detail
}  // namespace gyre::http
