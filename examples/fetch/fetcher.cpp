#include "fetcher.hpp"

#include "../support/failure.hpp"
#include "../support/given_url.hpp"
#include "body_file.hpp"

#include <chrono>
#include <cstddef>
#include <exception>
#include <utility>
#include <vector>

namespace {

gyre::http::client_options client_for(const options& given) {
    gyre::http::client_options client;
    client.max_connections = given.concurrency;
    client.max_connections_per_host = given.concurrency;
    return client;
}

std::string describe_refusal(int status) {
    std::string text = "status " + std::to_string(status);
    if (status < 400 && status != 304) text += ", and fetch follows no redirects";
    return text;
}

}  // namespace

fetcher::fetcher(const options& given, example::line_file& log)
    : given_(given), log_(log), http_(client_for(given)), folder_(given.output), waiting_(given.concurrency), shown_([this] {
          return progress_text();
      }) {}

gyre::task<> fetcher::run() {
    if (folder_.wanted()) co_await folder_.make();
    std::vector<gyre::task<>> tasks;
    tasks.push_back(read_urls(given_, waiting_));
    for (std::size_t i = 0; i < given_.concurrency; ++i) tasks.push_back(worker());
    co_await gyre::gather(std::move(tasks));  // the first that throws ends the others
}

gyre::task<> fetcher::worker() {
    while (true) {
        auto url = co_await waiting_.next();
        if (!url) co_return;
        ++in_flight_;
        co_await fetch(std::move(*url));
        --in_flight_;
    }
}

gyre::task<> fetcher::fetch(given_url given) {
    example::visit v;
    v.url = example::without_credentials(given.text);
    std::string file;
    const auto start = std::chrono::steady_clock::now();
    try {
        if (!given.problem.empty()) throw gyre::http::url_error(given.problem, v.url);
        const auto url = example::parse_given(given.text);
        co_await receive(url, v, file);
    } catch (const gyre::fs::error&) {
        throw;
    } catch (const gyre::http::url_error& e) {
        example::set_error(v, e);
        v.message = given.where + ": " + v.message;
    } catch (const std::exception& e) {
        example::set_error(v, e);
    }
    v.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();

    counts_.add(v);
    if (!v.came())
        shown_.note_failure(v.url + ": " + v.message);
    else if (counts_.refused(v))
        shown_.note_failure(v.url + ": " + describe_refusal(v.status));
    auto json = example::to_json(v);
    json.text("file", file);
    co_await log_.write(json.line());
}

// Requests the URL and takes the body, piece by piece, so that its size does not matter.
gyre::task<> fetcher::receive(const gyre::http::url& url, example::visit& v, std::string& file) {
    auto response = co_await http_.get(url).timeout(std::chrono::duration<double>(given_.timeout));
    v.status = response.status();
    auto body = response.chunks();

    if (!folder_.wanted() || v.status >= 300) {
        while (true) {
            const auto piece = co_await body.next();
            if (!piece) co_return;
            v.bytes += piece->size();
        }
    }

    body_file out(folder_, url);
    co_await gyre::with(out, [&](body_file&) -> gyre::task<> {
        while (true) {
            const auto piece = co_await body.next();
            if (!piece) co_return;
            v.bytes += piece->size();
            co_await out.write_all(*piece);
        }
    });
    file = out.path();
}

std::string fetcher::progress_text() const { return counts_.text() + ", " + std::to_string(in_flight_) + " in flight"; }
