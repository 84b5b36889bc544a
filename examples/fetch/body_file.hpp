#pragma once
#include "output_folder.hpp"

#include <gyre/fs/fs.hpp>
#include <gyre/http/url/url.hpp>
#include <gyre/runtime/runtime.hpp>

#include <exception>
#include <string>

// A new file in the folder for one body, to be used through gyre::with(). It is NAME.part while the body comes in, and gets its name
// when the body is whole. An error or a cancel removes it, and what a killed process leaves behind can be told by its name.
class body_file {
public:
    body_file(output_folder& folder, const gyre::http::url& url) : folder_(folder), url_(url) {}
    body_file(const body_file&) = delete;
    ~body_file();

    // Opens it. A name that is taken gets a number: nothing is written over, and no link is followed.
    gyre::task<> enter();
    auto write_all(const auto& piece) { return file_.write_all(piece); }
    // with() lets no cancel through to here, so a body that came whole keeps its file, Ctrl-C or not.
    gyre::task<> exit(std::exception_ptr error);

    // Of the finished file; empty before.
    const std::string& path() const { return path_; }

private:
    output_folder& folder_;
    const gyre::http::url& url_;
    gyre::fs::file file_;
    std::string part_;  // the file that goes away unless the body comes whole
    std::string wanted_;
    std::string path_;
};
