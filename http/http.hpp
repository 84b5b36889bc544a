#pragma once
// gyre::http, all of it.
#include <gyre/http/client/bytes.hpp>
#include <gyre/http/client/client.hpp>
#include <gyre/http/client/client_options.hpp>
#include <gyre/http/client/error.hpp>
#include <gyre/http/client/request.hpp>
#include <gyre/http/client/response.hpp>
#include <gyre/http/headers/headers.hpp>
#include <gyre/http/headers/token_list.hpp>
#include <gyre/http/server/http_date.hpp>
#include <gyre/http/server/mime_types.hpp>
#include <gyre/http/server/server.hpp>
#include <gyre/http/url/percent_encoding.hpp>
#include <gyre/http/url/url.hpp>
