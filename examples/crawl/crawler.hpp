#pragma once
#include "../support/line_file.hpp"
#include "../support/progress.hpp"
#include "../support/tally.hpp"
#include "../support/visit.hpp"
#include "options.hpp"
#include "site.hpp"

#include <gyre/http/http.hpp>
#include <gyre/runtime/runtime.hpp>

#include <atomic>
#include <cstddef>
#include <deque>
#include <map>
#include <optional>
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
        std::string html;                    // when it is such a page, and one of a sensible size
        std::vector<gyre::http::url> links;  // in an HTML page, or the one of a redirect
    };

    // A host and port of the site.
    struct host {
        host() {}
        std::size_t workers = 0;       // no more than --per-host
        std::deque<site::id> backlog;  // what came while there were that many
    };

    gyre::task<> worker();
    std::string host_of(site::id id) const;
    std::optional<site::id> next_of(host& at);
    gyre::task<> visit(site::id id);
    gyre::task<page> receive(const gyre::http::url& url, example::visit& v);
    gyre::task<> search(page& found, const gyre::http::url& url);
    std::string progress_text();

    const options& given_;
    site& known_;
    example::line_file& log_;
    gyre::http::client http_;
    std::map<std::string, host> hosts_;
    example::tally counts_{400};
    example::progress shown_;
    std::atomic<bool> stopped_ = false;  // for the threads that search pages
    std::size_t in_flight_ = 0;
    std::size_t in_backlogs_ = 0;
};
