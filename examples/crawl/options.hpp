#pragma once
#include <cstddef>
#include <string>
#include <vector>

// What the command line says.
struct options {
    std::vector<std::string> urls;
    unsigned depth = 1'000'000;
    std::size_t limit = 0;  // URLs; 0: all
    std::size_t concurrency = 64;
    std::size_t per_host = 16;
    double timeout = 30;  // seconds for one URL; and as many for the search of its links
    std::string jsonl;    // empty: none
    bool resume = false;
    bool overwrite = false;  // a --jsonl file that holds something
};
