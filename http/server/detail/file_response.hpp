#pragma once

#include <gyre/fs/file.hpp>
#include <gyre/http/server/server_request.hpp>
#include <gyre/http/server/server_response.hpp>
#include <gyre/runtime/coroutine/task.hpp>

#include <string>
#include <string_view>

struct stat;

namespace gyre::http::detail {

// Puts the file into the response to a GET or HEAD, as its validators and ranges say: 200, 206, 304 or 416. Headers that the
// response has already (Content-Type, ETag, Last-Modified) stay. A response with another status than 200 gets all of it.
void answer_with_file(const server_request& request, server_response& response, fs::file file, const struct stat& about,
                      std::string_view content_type);

// The same for a file by its path; 404 or 403 when it cannot be had.
// Throws: fs::error for what is no answer.
task<> open_named_file(const server_request& request, server_response& response, std::string path);

// The status for a file that could not be opened; 0 when that is the server's own trouble.
int status_of_open_error(int error) noexcept;

// `type`, with the charset when it is text.
std::string with_charset(std::string_view type, std::string_view charset);

}  // namespace gyre::http::detail
