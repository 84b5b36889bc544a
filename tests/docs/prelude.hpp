// What the fragments of the guide find around them: see snippets.py. Everything is declared and nothing defined, since a fragment is
// compiled and never linked.
#pragma once
#include <gyre/fs/fs.hpp>
#include <gyre/http/http.hpp>
#include <gyre/net/net.hpp>
#include <gyre/runtime/debug/never_awaited.hpp>
#include <gyre/runtime/runtime.hpp>
#include <gyre/runtime/testing/cancel_at_every_await.hpp>
#include <gyre/runtime/testing/testing.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <concepts>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

namespace gyre {
class process;
}

namespace guide {

using namespace std::chrono_literals;

// --- the reader's own coroutines and functions
gyre::task<int> f();
gyre::task<int> answer();
gyre::task<int> left();
gyre::task<int> right();
gyre::task<> work();
gyre::task<> something_else();
gyre::task<> step_one();
gyre::task<> step_two();
gyre::task<> step();
gyre::task<> body();
gyre::task<int> load();
gyre::task<int> count();
gyre::task<> serve_one(std::string name);
gyre::task<> talk(gyre::net::stream with);
gyre::task<> show(gyre::http::client& http, std::string url);
gyre::task<std::size_t> size_of(gyre::http::client& http, const std::string& url);
gyre::task<std::string> page(int number);
gyre::task<gyre::net::stream> resource();
gyre::async_generator<int> ticks(int n);
std::string read_slowly(const std::string& path);
template <class T>
void use(const T& what);
void log(const std::string& message);

// What is tested.
struct cache {
    gyre::task<int> get(std::string key);
};
extern struct program_settings {
    void reload();
} settings;
// A library with callbacks.
struct old_api {
    void start(std::function<void(int)> when_done);
};
// A host's loop.
void host_wait(int fd, std::optional<gyre::duration> timeout);
extern bool running;

// --- the reader's own objects
extern gyre::event_loop& loop;
extern gyre::future<int> t;
extern gyre::future<int> fut;
extern std::vector<gyre::future<int>> futures;
extern gyre::handle h;
extern gyre::task_group& group;
extern gyre::timeout_scope& scope;
extern gyre::event_loop& runner;
extern gyre::async_generator<int> numbers;
extern gyre::promise<int> p;

extern gyre::mutex m;
extern gyre::mutex::guard guard;
extern gyre::event e;
extern gyre::condition_variable c;
extern gyre::bounded_semaphore s;
extern gyre::semaphore::permit permit;
extern gyre::barrier b;
extern gyre::queue<int> q;

extern gyre::net::stream stream;
extern gyre::net::listener listener;
extern gyre::fs::file out;
extern gyre::http::client http;
extern std::vector<std::string> urls;
extern gyre::process& child;
extern std::future<int> theirs;
extern std::string head, payload, path, folder, word, lines;
extern int fd;
extern int total;
extern bool ready;

}  // namespace guide
