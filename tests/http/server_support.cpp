#include "http/server_support.hpp"

#include <gyre/net/connect.hpp>
#include <gyre/net/error.hpp>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <stdexcept>

namespace gyre::test {

task<> raw_client::send(std::string bytes) { co_await stream_.write_all(bytes); }

task<bool> raw_client::fill() {
    char piece[16384];
    const std::size_t n = co_await stream_.read_some(piece, sizeof piece);
    buffer_.append(piece, n);
    co_return n != 0;
}

task<std::string> raw_client::take(std::size_t bytes) {
    while (buffer_.size() < bytes) {
        const bool more = co_await fill();
        if (!more) throw std::runtime_error("the server ended the connection inside a response, after: " + buffer_);
    }
    std::string taken = buffer_.substr(0, bytes);
    buffer_.erase(0, bytes);
    co_return taken;
}

task<std::string> raw_client::take_line() {
    while (buffer_.find("\r\n") == std::string::npos) {
        const bool more = co_await fill();
        if (!more) throw std::runtime_error("the server ended the connection inside a line: " + buffer_);
    }
    const std::size_t end = buffer_.find("\r\n");
    std::string line = buffer_.substr(0, end);
    buffer_.erase(0, end + 2);
    co_return line;
}

task<> raw_client::read_chunked(std::string& body) {
    while (true) {
        const std::string line = co_await take_line();
        const std::size_t size = std::stoul(line, nullptr, 16);
        const std::string data = co_await take(size);
        const std::string end = co_await take(2);
        if (end != "\r\n") throw std::runtime_error("a chunk does not end in CRLF");
        if (size == 0) co_return;
        body += data;
    }
}

task<raw_response> raw_client::read(std::string method) {
    raw_response got;
    while (true) {
        const std::string line = co_await take_line();
        got.head += line + "\r\n";
        if (line.empty()) break;
        const std::size_t colon = line.find(": ");
        if (got.status == 0) {
            if (line.substr(0, 9) != "HTTP/1.1 ") throw std::runtime_error("no status line: " + line);
            got.status = std::stoi(line.substr(9));
        } else if (colon != std::string::npos) {
            std::string name = line.substr(0, colon);
            std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
            got.headers[name] = line.substr(colon + 2);
        } else {
            throw std::runtime_error("no header line: " + line);
        }
    }
    if (method == "HEAD" || got.status < 200 || got.status == 204 || got.status == 304) co_return got;
    if (got.has("transfer-encoding")) {
        co_await read_chunked(got.body);
    } else if (got.has("content-length")) {
        got.body = co_await take(std::stoul(got.get("content-length")));
    } else {
        got.body = co_await rest();
    }
    co_return got;
}

task<raw_response> raw_client::ask(std::string bytes, std::string method) {
    co_await stream_.write_all(bytes);
    raw_response answer = co_await read(std::move(method));
    co_return answer;
}

task<std::string> raw_client::rest() {
    while (true) {
        const bool more = co_await fill();
        if (!more) break;
    }
    co_return std::exchange(buffer_, std::string());
}

task<bool> raw_client::ends() {
    const std::string more = co_await rest();
    co_return more.empty();
}

task<bool> raw_client::is_reset() {
    try {
        co_await rest();
    } catch (const net::error& e) {
        co_return e.code() == std::errc::connection_reset;
    }
    co_return false;
}

task<raw_client> connect_to(const http::server& server) {
    net::stream stream = co_await net::connect(server.addresses().front());
    co_return raw_client(std::move(stream));
}

task<std::string> send_and_read_all(const http::server& server, std::string bytes) {
    raw_client client = co_await connect_to(server);
    co_await client.send(std::move(bytes));
    co_await client.end_writing();
    std::string answer = co_await client.rest();
    co_return answer;
}

std::string get(std::string_view path, std::string_view lines) {
    return "GET " + std::string(path) + " HTTP/1.1\r\nHost: h\r\n" + std::string(lines) + "\r\n";
}

std::string post(std::string_view path, std::string_view body, std::string_view lines) {
    return "POST " + std::string(path) + " HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
           std::string(lines) + "\r\n" + std::string(body);
}

task<> serving(http::server& server, std::function<task<>()> body) {
    co_await server.listen("127.0.0.1", 0);
    future<> served = spawn(server.serve());
    std::exception_ptr failure;
    try {
        co_await body();
    } catch (...) {
        failure = std::current_exception();
    }
    co_await server.close();
    co_await served;
    CHECK(server.stats().connections == 0);
    CHECK(server.stats().idle == 0);
    if (failure) std::rethrow_exception(failure);
}

}  // namespace gyre::test
