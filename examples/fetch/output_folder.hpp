#pragma once
#include <gyre/fs/fs.hpp>
#include <gyre/http/url/url.hpp>
#include <gyre/runtime/runtime.hpp>

#include <string>
#include <unordered_map>

// Where the bodies go: a folder of files that are new, each under a name of its own.
class output_folder {
public:
    explicit output_folder(std::string path) : path_(std::move(path)) {}

    // Makes the folder when it is not there.
    gyre::task<> make() const;

    // Opens a file for what the URL gave. A name that is taken gets a number: nothing is written over, and no link is followed.
    gyre::task<gyre::fs::file> create(const gyre::http::url& url);

private:
    std::string path_;
    std::unordered_map<std::string, unsigned> used_;  // how often each name was
};
