#pragma once
#include "../support/line_file.hpp"
#include "../support/progress.hpp"
#include "../support/tally.hpp"
#include "../support/visit.hpp"
#include "options.hpp"
#include "site.hpp"

#include <gyre/http/http.hpp>
#include <gyre/runtime/runtime.hpp>
#include <gyre/runtime/sync/semaphore.hpp>

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <vector>

// Visits what the site has in its queue, so many at a time, and tells the site what links it has found there, until nothing is left.
class crawler {
public:
    // `log` gets a line for each visit.
    crawler(const options& given, site& known, example::line_file& log);

    gyre::task<> run();
    const example::tally& counts() const { return counts_; }
    example::progress& shown() { return shown_; }

private:
    // What a response is, besides its status and size.
    struct page {
        page() {}
        std::string type;                    // without parameters: "text/html"
        std::vector<gyre::http::url> links;  // in an HTML page, or the one of a redirect
    };

    gyre::task<> worker();
    gyre::task<> visit(site::id id);
    gyre::semaphore& places_on(const gyre::http::url& url);
    gyre::task<page> receive(const gyre::http::url& url, example::visit& v);
    std::string progress_text();

    const options& given_;
    site& known_;
    example::line_file& log_;
    gyre::http::client http_;
    std::map<std::string, gyre::semaphore, std::less<>> places_;  // of each host
    example::tally counts_;
    example::progress shown_;
    std::size_t in_flight_ = 0;
};
