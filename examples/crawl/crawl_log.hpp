#pragma once
#include "../support/visit.hpp"
#include "site.hpp"

#include <gyre/runtime/runtime.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

// A crawl's JSONL file: a line for each visit, written when it has ended, with the page's links. So it holds all that a later crawl
// needs to go on where this one was stopped.
std::string log_line(const example::visit& v, const std::string& type, const std::vector<std::string_view>& links);

// Tells the site what an earlier crawl has found. URLs without an answer are not among it: they are tried again.
// Returns: how many bytes of the file are whole lines; a process that was killed may have left a part of one behind them.
gyre::task<std::size_t> read_log(const std::string& path, site& known);
