#pragma once
// The whole of gyre::net: addresses, names, TCP and Unix sockets.
#include <gyre/net/address.hpp>
#include <gyre/net/buffer.hpp>
#include <gyre/net/connect.hpp>
#include <gyre/net/connect_options.hpp>
#include <gyre/net/error.hpp>
#include <gyre/net/listener.hpp>
#include <gyre/net/resolver.hpp>
#include <gyre/net/stream.hpp>
