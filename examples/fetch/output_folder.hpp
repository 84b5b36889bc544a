#pragma once
#include <gyre/http/url/url.hpp>
#include <gyre/runtime/runtime.hpp>

#include <string>
#include <unordered_map>

// Where the bodies go: a folder of files that are new, each under a name of its own.
class output_folder {
public:
    explicit output_folder(std::string path) : path_(std::move(path)) {}

    bool wanted() const { return !path_.empty(); }
    // Makes the folder when it is not there.
    gyre::task<> make() const;
    // A path for what the URL gave that this was not asked for before.
    std::string new_path(const gyre::http::url& url);

private:
    std::string path_;
    std::unordered_map<std::string, unsigned> used_;  // how often each name was
};
