#pragma once
#include <gyre/http/client/bytes.hpp>
#include <gyre/http/client/detail/call.hpp>
#include <gyre/http/client/response.hpp>
#include <gyre/runtime/coroutine/task.hpp>

#include <memory>

namespace gyre::http::detail {

// Sends the request and waits for the head of the response.
task<response> perform(std::unique_ptr<call> request);

}  // namespace gyre::http::detail
