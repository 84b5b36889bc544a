#pragma once
#include <gyre/http/url/url.hpp>

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <string_view>
#include <vector>

// How long the search of a page may take: the HTML standard's own rules make a parser take time by the square of how deep the elements are
// nested.
struct search_limits {
    search_limits(std::chrono::duration<double> longest, const std::atomic<bool>& stopped) : time(longest), stop(stopped) {}

    std::chrono::duration<double> time;
    const std::atomic<bool>& stop;  // nobody wants the links any more
};

class search_timeout : public std::runtime_error {
public:
    using runtime_error::runtime_error;
};

// The http and https URLs that an HTML page points to, each once, in the order of the page, without their fragments: the href of
// a, area and link, and the src of frame, iframe, img and script. Relative ones are resolved against the page's URL, or its
// <base href>. A user name and password in a link are dropped: a page is not to say who we are.
// Thread: any. Throws: search_timeout; cancelled_error when it was stopped.
std::vector<gyre::http::url> links_of(std::string_view html, const gyre::http::url& page, const search_limits& limits);

bool can_be_crawled(const gyre::http::url& link);
// Makes it what links_of() gives; false when it cannot be crawled.
bool prepare_link(gyre::http::url& link);
