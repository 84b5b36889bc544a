// Fetches many URLs at once: from the command line, from files or from standard input.
//
//     fetch http://example.org/ http://example.org/about
//     fetch --concurrency 200 --input urls.txt --output pages --jsonl fetched.jsonl
#include "../support/descriptors.hpp"
#include "../support/ending.hpp"
#include "../support/results_file.hpp"
#include "../support/standard_streams.hpp"
#include "fetcher.hpp"

#include <gyre/fs/fs.hpp>
#include <gyre/http/http.hpp>
#include <gyre/runtime/runtime.hpp>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <utility>

namespace {

gyre::task<example::ending> fetch_all(options given) {
    gyre::fs::file jsonl;
    if (!given.jsonl.empty())
        jsonl = co_await example::open_results(given.jsonl, given.overwrite, "name another --jsonl file, or say --overwrite");

    co_return co_await gyre::with(example::line_file(std::move(jsonl)), [&](example::line_file& log) -> gyre::task<example::ending> {
        fetcher all(given, log);
        auto how = co_await example::run_with_progress(all.run(), all.shown());
        all.counts().print_summary(stdout);
        if (how == example::all_came && all.counts().failures() + all.counts().refusals() > 0) how = example::some_failed;
        co_return example::after_printing(how);
    });
}

}  // namespace

int main(int argc, char** argv) {
    example::occupy_standard_streams();
    options given;
    CLI::App app(
        "Fetches many URLs at once.\n"
        "Exit status: 0 when every one came, whole and with a status below 300; 1 when some did not (no redirect is\n"
        "followed, so one counts among these); 2 when it could not go on; 130 after Ctrl-C.",
        "fetch");
    app.add_option("url", given.urls, "URLs; - reads them from standard input, as --input does from a file");
    app.add_option("-i,--input", given.files, "a file of URLs, one a line; blank lines and lines that begin with # are left out")
        ->allow_extra_args(false);
    app.add_option("-c,--concurrency", given.concurrency, "how many at once")->check(CLI::Range(1, 100'000))->capture_default_str();
    app.add_option("-t,--timeout", given.timeout, "seconds for one URL")->check(CLI::PositiveNumber)->capture_default_str();
    app.add_option("-o,--output", given.output, "a folder for the bodies; one file each, nothing is written over");
    app.add_option("-j,--jsonl", given.jsonl, "a file for the results, a line of JSON for each URL");
    app.add_flag("--overwrite", given.overwrite, "write over a --jsonl file that holds results already");
    try {
        app.parse(argc, argv);
        if (given.urls.empty() && given.files.empty()) throw CLI::RequiredError("a URL, - or --input");
    } catch (const CLI::ParseError& e) {
        return app.exit(e) == 0 ? 0 : example::cannot_go_on;
    }
    given.concurrency = example::affordable(given.concurrency, given.output.empty() ? 1 : 2);

    try {
        return gyre::run(fetch_all(std::move(given)));
    } catch (const std::exception& e) {
        std::fprintf(stderr, "%s\n", example::printable(e.what()).c_str());
        return example::cannot_go_on;
    }
}
