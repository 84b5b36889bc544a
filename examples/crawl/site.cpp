#include "site.hpp"

#include <algorithm>
#include <utility>

site::site(unsigned max_depth, std::size_t max_urls)
    : max_depth_(max_depth), places_left_(max_urls == 0 ? static_cast<std::size_t>(-1) : max_urls) {}

void site::start_from(gyre::http::url first) {
    std::string& credentials = origins_[first.origin()];
    if (first.has_credentials()) {
        const std::size_t begin = first.href().find("//") + 2;
        credentials = first.href().substr(begin, first.href().find('@', begin) + 1 - begin);
        first.clear_credentials();
    }
    reach(find_or_add(first.href()), 0);
}

void site::visited(id page, int status, const std::vector<gyre::http::url>& links) {
    std::vector<id> ids;
    for (const auto& link : links)
        if (origins_.contains(link.origin())) ids.push_back(find_or_add(link.href()));
    pages_[page].status = status;
    pages_[page].links = ids;
    for (const id link : ids) reach(link, pages_[page].depth + 1);
}

void site::visited_before(std::string_view url, int status, const std::vector<std::string>& links) {
    const id page = find_or_add(std::string(url));
    std::vector<id> ids;
    for (const auto& link : links) ids.push_back(find_or_add(link));
    pages_[page].queued = true;
    pages_[page].status = status;
    pages_[page].links = std::move(ids);
    if (places_left_ > 0) --places_left_;
}

gyre::http::url site::url_to_request(id page) const {
    auto plain = gyre::http::url::parse(url(page));
    const auto known = origins_.find(plain.origin());
    if (known == origins_.end() || known->second.empty()) return plain;
    std::string with_credentials = plain.href();
    with_credentials.insert(with_credentials.find("//") + 2, known->second);
    return gyre::http::url::parse(with_credentials);
}

std::vector<std::string_view> site::links(id page) const {
    std::vector<std::string_view> urls;
    for (const id link : pages_[page].links) urls.push_back(url(link));
    return urls;
}

std::size_t site::visited_count() const {
    return static_cast<std::size_t>(std::count_if(pages_.begin(), pages_.end(), [](const page& p) { return p.status != 0; }));
}

std::vector<site::broken_link> site::broken_links() const {
    std::vector<std::vector<std::string_view>> found_on(pages_.size());
    for (const auto& page : pages_)
        for (const id link : page.links)
            if (pages_[link].status >= 400) found_on[link].push_back(*page.url);

    std::vector<broken_link> broken;
    for (id i = 0; i < pages_.size(); ++i) {
        if (pages_[i].status < 400) continue;
        std::sort(found_on[i].begin(), found_on[i].end());
        broken.push_back({*pages_[i].url, pages_[i].status, std::move(found_on[i])});
    }
    std::sort(broken.begin(), broken.end(), [](const auto& a, const auto& b) { return a.url < b.url; });
    return broken;
}

site::id site::find_or_add(const std::string& url) {
    const auto [it, is_new] = ids_.try_emplace(url, static_cast<id>(pages_.size()));
    if (is_new) pages_.emplace_back().url = &it->first;
    return it->second;
}

// Notes a way of so many links to a page. When that is a shorter way than known before, all that the page leads to may be nearer, too:
// visits end in any order, so the first way to a page that is found need not be the shortest.
void site::reach(id first, unsigned depth) {
    std::vector<std::pair<id, unsigned>> ways{{first, depth}};
    while (!ways.empty()) {
        const auto [next, length] = ways.back();
        ways.pop_back();
        page& p = pages_[next];
        if (length >= p.depth || length > max_depth_) continue;
        p.depth = length;
        if (!p.queued && places_left_ > 0) {
            p.queued = true;
            --places_left_;
            to_visit_.put_nowait(next);
        }
        for (const id link : p.links) ways.emplace_back(link, length + 1);
    }
}
