// Asks several sources the same thing, takes the first answer and cancels the rest.
//
//     first_answer [MILLISECONDS...]      one source for each number, which is the time it takes to answer
#include <gyre/runtime/runtime.hpp>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

namespace {

// Stands for a request to a server.
gyre::task<std::string> ask(std::string source, std::chrono::milliseconds delay) {
    co_await gyre::sleep(delay);
    co_return "the answer of " + source;
}

gyre::task<> first_answer(std::vector<unsigned> delays) {
    // spawn() starts a task and gives a future, a handle on it; all of them run from here on.
    std::vector<gyre::future<std::string>> answers;
    for (const unsigned delay : delays) {
        const std::string source = "source " + std::to_string(answers.size() + 1);
        answers.push_back(gyre::spawn(ask(source, std::chrono::milliseconds(delay)), source));
    }

    auto asked = co_await gyre::wait(answers, gyre::first_completed);
    std::printf("first: %s\n", asked.done.front().result().c_str());

    // cancel() only asks. Wait until the others have really ended: they may have a connection to close.
    for (auto& slow : asked.pending) slow.cancel();
    co_await gyre::wait(asked.pending);
    for (const auto& slow : asked.pending) std::printf("%s: %s\n", slow.name().c_str(), slow.cancelled() ? "cancelled" : "answered too");
}

}  // namespace

int main(int argc, char** argv) {
    std::vector<unsigned> delays{300, 100, 200};
    CLI::App app("Asks several sources and takes the first answer.", "first_answer");
    app.add_option("milliseconds", delays, "the time that each source takes (300 100 200)");
    CLI11_PARSE(app, argc, argv);
    gyre::run(first_answer(delays));
}
