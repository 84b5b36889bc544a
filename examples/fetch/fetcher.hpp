#pragma once
#include "../support/line_file.hpp"
#include "../support/progress.hpp"
#include "../support/tally.hpp"
#include "../support/visit.hpp"
#include "options.hpp"
#include "output_folder.hpp"
#include "url_source.hpp"

#include <gyre/http/http.hpp>
#include <gyre/runtime/runtime.hpp>
#include <gyre/runtime/sync/queue.hpp>

#include <string>

// Fetches all URLs, so many at a time: one task reads them into a queue, and as many as there are places take them out.
//
// What goes wrong with a URL, or with a line that should be one, is noted and the others go on. What goes wrong with the disk ends it
// all: no other URL would fare better.
class fetcher {
public:
    // `log` gets a line for each URL.
    fetcher(const options& given, example::line_file& log);

    gyre::task<> run();
    const example::tally& counts() const { return counts_; }
    example::progress& shown() { return shown_; }

private:
    gyre::task<> worker();
    gyre::task<> fetch(given_url given);
    gyre::task<> receive(const gyre::http::url& url, example::visit& v, std::string& file);
    std::string progress_text() const;

    const options& given_;
    example::line_file& log_;
    gyre::http::client http_;
    output_folder folder_;
    gyre::queue<given_url> waiting_;
    example::tally counts_{300};  // no redirect is followed, so one is not what was asked for
    example::progress shown_;
    std::size_t in_flight_ = 0;
};
