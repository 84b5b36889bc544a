#pragma once

#include <string>
#include <vector>

namespace gyre::http {

// How server::serve_folder() shows a folder.
struct folder_options {
    folder_options() {}  // not an aggregate: g++ 12 destroys aggregate temporaries in co_await expressions twice

    std::vector<std::string> index{"index.html"};  // the file that stands for a directory, the first that is there
    std::string charset = "utf-8";                 // said of text files; empty: nothing is said
    std::string cache_control;                     // for every file; empty: no header
    bool hidden_files = false;                     // serves names that begin with '.', too (".well-known" always is)
    // Follows symbolic links that lead out of the folder, and those with an absolute target, wherever it lies; else they are
    // answered with 403.
    bool links_may_leave = false;
};

}  // namespace gyre::http
