#pragma once
// Async iteration over anything with a next(): generators, queues, receivers, subscriptions, signals, lines of a stream.

#include <gyre/runtime/combine/iterate/chunk.hpp>
#include <gyre/runtime/combine/iterate/collect.hpp>
#include <gyre/runtime/combine/iterate/enumerate.hpp>
#include <gyre/runtime/combine/iterate/filter.hpp>
#include <gyre/runtime/combine/iterate/for_each.hpp>
#include <gyre/runtime/combine/iterate/map.hpp>
#include <gyre/runtime/combine/iterate/merge.hpp>
#include <gyre/runtime/combine/iterate/take.hpp>
#include <gyre/runtime/combine/iterate/zip.hpp>
