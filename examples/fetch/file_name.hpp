#pragma once
#include <gyre/http/url/url.hpp>

#include <string>

// A name for a file with what the URL gave: letters, digits, '.', '-' and '_', not hidden, at most 200 bytes.
//     http://example.org/a/b.html?x=1  ->  example.org_a_b.html_x_1
std::string file_name(const gyre::http::url& url);
