// Crawls a site: everything on the hosts of the start URLs that links lead to, and which links are broken.
//
//     crawl http://example.org/ --jsonl pages.jsonl
//     crawl http://example.org/ --jsonl pages.jsonl --resume      # where Ctrl-C stopped it
#include "../support/descriptors.hpp"
#include "../support/ending.hpp"
#include "../support/given_url.hpp"
#include "../support/printable.hpp"
#include "../support/results_file.hpp"
#include "../support/standard_streams.hpp"
#include "crawl_log.hpp"
#include "crawler.hpp"
#include "links.hpp"

#include <gyre/fs/fs.hpp>
#include <gyre/http/http.hpp>
#include <gyre/runtime/runtime.hpp>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <exception>
#include <string>
#include <utility>
#include <vector>

namespace {

gyre::task<gyre::fs::file> open_log(const options& given, site& known) {
    gyre::fs::file jsonl;
    if (given.jsonl.empty()) co_return jsonl;
    const bool there_is_one = co_await gyre::fs::exists(given.jsonl);
    if (!there_is_one || !given.resume)
        co_return co_await example::open_results(given.jsonl, given.overwrite,
                                                 "say --resume to go on where that crawl was stopped, or --overwrite to begin anew");

    const std::size_t whole = co_await read_log(given.jsonl, known);
    std::printf("%zu URLs are in %s already\n", known.visited_count(), given.jsonl.c_str());
    jsonl = co_await gyre::fs::open(given.jsonl, gyre::fs::write);
    co_await jsonl.truncate(whole);
    jsonl.seek(whole);
    co_return jsonl;
}

void report_broken_links(const std::vector<site::broken_link>& broken) {
    if (broken.empty()) return;
    std::printf("%zu broken links:\n", broken.size());
    for (const auto& link : broken) {
        std::printf("%d %.*s\n", link.status, static_cast<int>(link.url.size()), link.url.data());
        for (const auto page : link.on) std::printf("    on %.*s\n", static_cast<int>(page.size()), page.data());
    }
}

gyre::task<example::ending> crawl(options given, std::vector<gyre::http::url> starts) {
    site known(given.depth, given.limit);
    auto jsonl = co_await open_log(given, known);
    for (const auto& url : starts) known.start_from(url);

    co_return co_await gyre::with(example::line_file(std::move(jsonl)), [&](example::line_file& log) -> gyre::task<example::ending> {
        crawler all(given, known, log);
        auto how = co_await example::run_with_progress(all.run(), all.shown());
        report_broken_links(known.broken_links());
        all.counts().print_summary(stdout);
        if (how == example::all_came && all.counts().failures() > 0) how = example::some_failed;
        co_return example::after_printing(how);
    });
}

// Throws: gyre::http::url_error, CLI::ValidationError.
std::vector<gyre::http::url> start_urls(const options& given) {
    std::vector<gyre::http::url> urls;
    for (const auto& text : given.urls) {
        auto url = example::parse_given(text);
        url.clear_fragment();
        if (!can_be_crawled(url))
            throw CLI::ValidationError("url",
                                       example::printable(example::without_credentials(text)) + ": only http and https can be crawled");
        urls.push_back(std::move(url));
    }
    return urls;
}

}  // namespace

int main(int argc, char** argv) {
    example::occupy_standard_streams();
    options given;
    CLI::App app(
        "Crawls all that links lead to on the hosts of the start URLs.\n"
        "Exit status: 0 when every URL gave an answer, be it that there is no such page; 1 when some did not; 2 when it\n"
        "could not go on; 130 after Ctrl-C.",
        "crawl");
    app.add_option("url", given.urls, "where to start")->required();
    app.add_option("-d,--depth", given.depth, "follow no more than so many links in a row");
    app.add_option("-l,--limit", given.limit, "visit no more than so many URLs");
    app.add_option("-c,--concurrency", given.concurrency, "how many at once")->check(CLI::Range(1, 100'000))->capture_default_str();
    app.add_option("--per-host", given.per_host, "how many connections to one host")->check(CLI::Range(1, 100'000))->capture_default_str();
    app.add_option("-t,--timeout", given.timeout, "seconds for one URL, and for the search of its links")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    auto* jsonl = app.add_option("-j,--jsonl", given.jsonl, "a file for the results, a line of JSON for each URL");
    auto* resume = app.add_flag("--resume", given.resume, "go on where the crawl that wrote the --jsonl file was stopped")->needs(jsonl);
    app.add_flag("--overwrite", given.overwrite, "write over a --jsonl file that holds results already")->excludes(resume);
    std::vector<gyre::http::url> starts;
    try {
        app.parse(argc, argv);
        starts = start_urls(given);
    } catch (const CLI::ParseError& e) {
        return app.exit(e) == 0 ? 0 : example::cannot_go_on;
    } catch (const gyre::http::url_error& e) {
        std::fprintf(stderr, "%s\n", example::printable(e.what()).c_str());
        return example::cannot_go_on;
    }
    given.concurrency = example::affordable(given.concurrency, 1);

    try {
        return gyre::run(crawl(std::move(given), std::move(starts)));
    } catch (const std::exception& e) {
        std::fprintf(stderr, "%s\n", example::printable(e.what()).c_str());
        return example::cannot_go_on;
    }
}
