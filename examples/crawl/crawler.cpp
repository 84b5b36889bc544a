#include "crawler.hpp"

#include "../support/failure.hpp"
#include "crawl_log.hpp"
#include "links.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <string_view>
#include <utility>

namespace {

// What is larger is no page that somebody wrote. It is counted and not searched for links.
constexpr std::size_t largest_page = 32 * 1024 * 1024;

gyre::http::client_options client_for(const options& given) {
    gyre::http::client_options client;
    client.max_connections = given.concurrency;
    client.max_connections_per_host = given.per_host;
    return client;
}

// "Text/HTML; charset=utf-8" -> "text/html"
std::string media_type(std::string_view content_type) {
    std::string type(content_type.substr(0, content_type.find_first_of("; \t")));
    std::transform(type.begin(), type.end(), type.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return type;
}

class set_at_end {
public:
    explicit set_at_end(std::atomic<bool>& flag) : flag_(flag) {}
    set_at_end(const set_at_end&) = delete;
    ~set_at_end() { flag_ = true; }

private:
    std::atomic<bool>& flag_;
};

}  // namespace

crawler::crawler(const options& given, site& known, example::line_file& log)
    : given_(given), known_(known), log_(log), http_(client_for(given)), shown_([this] { return progress_text(); }) {}

gyre::task<> crawler::run() {
    std::vector<gyre::task<>> workers;
    for (std::size_t i = 0; i < given_.concurrency; ++i) workers.push_back(worker());
    // A worker may find more work for the others, so they are done when the queue is empty *and* nobody is at work: join() tells.
    auto all_workers = [&]() -> gyre::task<> { co_await gyre::gather(std::move(workers)); };
    auto end_of_work = [&]() -> gyre::task<> {
        // Ctrl-C and an error end this wait at once. A thread that searches a page then stops, for which its worker waits.
        const set_at_end stop(stopped_);
        co_await known_.to_visit().join();
        known_.to_visit().shutdown();
    };
    co_await gyre::gather(all_workers(), end_of_work());
}

gyre::task<> crawler::worker() {
    while (true) {
        auto id = co_await known_.to_visit().next();
        if (!id) co_return;
        host& at = hosts_[host_of(*id)];
        // Nobody waits for a busy host while there may be work at another: who is at work there does it next.
        if (at.workers == given_.per_host) {
            at.backlog.push_back(*id);
            ++in_backlogs_;
            continue;
        }
        ++at.workers;
        while (id) {
            co_await visit(*id);
            known_.to_visit().task_done();
            id = next_of(at);
        }
        --at.workers;
    }
}

std::string crawler::host_of(site::id id) const { return std::string(gyre::http::url::parse(known_.url(id)).host_and_port()); }

std::optional<site::id> crawler::next_of(host& at) {
    if (at.backlog.empty()) return std::nullopt;
    const site::id id = at.backlog.front();
    at.backlog.pop_front();
    --in_backlogs_;
    return id;
}

gyre::task<> crawler::visit(site::id id) {
    example::visit v;
    v.url = known_.url(id);
    page found;
    const auto url = gyre::http::url::parse(v.url);
    const auto start = std::chrono::steady_clock::now();
    const auto passed = [&] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(); };
    ++in_flight_;
    try {
        found = co_await receive(known_.url_to_request(id), v);
        v.seconds = passed();
        co_await search(found, url);
    } catch (const search_timeout& e) {
        v.error = "timeout";
        v.message = e.what();
    } catch (const std::exception& e) {
        v.seconds = passed();
        example::set_error(v, e);
    }
    --in_flight_;

    // From here to the write there is no await, so a page that is counted has its line in the log, Ctrl-C or not.
    counts_.add(v);
    known_.visited(id, v.came() ? v.status : 0, found.links);
    if (!v.came()) shown_.note_failure(v.url + ": " + v.message);
    co_await log_.write(log_line(v, found.type, known_.links(id)));
}

gyre::task<crawler::page> crawler::receive(const gyre::http::url& url, example::visit& v) {
    auto response = co_await http_.get(url).timeout(std::chrono::duration<double>(given_.timeout));
    v.status = response.status();
    page found;
    found.type = media_type(response.headers().get("content-type").value_or(""));

    const bool is_html = found.type == "text/html";
    auto body = response.chunks();
    while (true) {
        const auto piece = co_await body.next();
        if (!piece) break;
        v.bytes += piece->size();
        if (is_html && v.bytes <= largest_page) found.html += *piece;
    }
    if (v.bytes > largest_page) found.html.clear();

    const auto location = response.headers().get("location");
    if (location && v.status >= 300 && v.status < 400) {
        auto target = gyre::http::url::try_parse(*location, url);
        if (target && prepare_link(*target)) found.links.push_back(std::move(*target));
    }
    co_return found;
}

// In another thread, so that a page which takes long holds up nobody.
gyre::task<> crawler::search(page& found, const gyre::http::url& url) {
    if (found.html.empty()) co_return;
    const search_limits limits(std::chrono::duration<double>(given_.timeout), stopped_);
    const auto work = [&] { return links_of(found.html, url, limits); };
    auto links = co_await gyre::to_thread(work);
    found.html = std::string();
    links.insert(links.end(), found.links.begin(), found.links.end());
    found.links = std::move(links);
}

std::string crawler::progress_text() {
    const std::size_t waiting = known_.to_visit().size() + in_backlogs_;
    return counts_.text() + ", " + std::to_string(in_flight_) + " in flight, " + std::to_string(waiting) + " waiting";
}
