#include <gyre/http/server/detail/descriptor_wait.hpp>

#include <gyre/runtime/loop/sleep.hpp>

#include <algorithm>
#include <cerrno>

namespace gyre::http::detail {
namespace {

constexpr std::chrono::milliseconds longest_pause(100);
// Then the client is told to come back later.
constexpr std::chrono::seconds patience(1);

}  // namespace

bool descriptor_wait::may_help(int error) const noexcept { return (error == EMFILE || error == ENFILE) && waited_ < patience; }

task<> descriptor_wait::pause() {
    co_await sleep(pause_);
    waited_ += pause_;
    pause_ = std::min(pause_ * 2, longest_pause);
}

}  // namespace gyre::http::detail
