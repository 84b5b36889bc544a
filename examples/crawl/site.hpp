#pragma once
#include <gyre/http/url/url.hpp>
#include <gyre/runtime/runtime.hpp>
#include <gyre/runtime/sync/queue.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

// What a crawl knows: the URLs of its hosts, how they link to each other, and how far each is from where the crawl began. A URL that
// comes within reach goes into the queue of those to visit, once.
class site {
public:
    using id = std::uint32_t;

    // Follows no more than `max_depth` links in a row, and visits no more than `max_urls`; 0: as many as there are.
    site(unsigned max_depth, std::size_t max_urls);

    // The URL, and what it leads to with the same scheme, host and port, is to be crawled. Its user name and password go along with
    // the requests there, and nowhere else.
    void start_from(gyre::http::url first);
    // Notes what a visit has found. Links to elsewhere are left out.
    void visited(id page, int status, const std::vector<gyre::http::url>& links);
    // The same for what an earlier crawl found; it comes before start_from(), and not twice for one URL.
    void visited_before(std::string_view url, int status, const std::vector<std::string>& links);

    gyre::queue<id>& to_visit() { return to_visit_; }
    const std::string& url(id page) const { return *pages_[page].url; }
    // The same with the user name and password that the server wants.
    gyre::http::url url_to_request(id page) const;
    std::vector<std::string_view> links(id page) const;
    // URLs with an answer.
    std::size_t visited_count() const;

    struct broken_link {
        std::string_view url;
        int status;
        std::vector<std::string_view> on;  // the pages with such a link
    };
    // What answered with a status of 400 or above; sorted.
    std::vector<broken_link> broken_links() const;

private:
    static constexpr unsigned out_of_reach = static_cast<unsigned>(-1);
    struct page {
        const std::string* url = nullptr;
        unsigned depth = out_of_reach;
        int status = 0;  // 0: not visited yet, or without an answer
        bool queued = false;
        std::vector<id> links;
    };

    id find_or_add(const std::string& url);
    void reach(id first, unsigned depth);

    unsigned max_depth_;
    std::size_t places_left_;
    std::map<std::string, std::string, std::less<>> origins_;  // "http://host:8080" -> "user:password@" or ""
    std::unordered_map<std::string, id> ids_;
    std::vector<page> pages_;
    gyre::queue<id> to_visit_;
};
