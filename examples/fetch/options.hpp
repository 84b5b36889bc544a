#pragma once
#include <cstddef>
#include <string>
#include <vector>

// What the command line says.
struct options {
    std::vector<std::string> urls;   // "-": read them from standard input
    std::vector<std::string> files;  // files of URLs, one a line
    std::size_t concurrency = 64;
    double timeout = 30;     // seconds for one URL
    std::string output;      // folder for the bodies; empty: they are counted and dropped
    std::string jsonl;       // empty: none
    bool overwrite = false;  // a --jsonl file that holds something
};
