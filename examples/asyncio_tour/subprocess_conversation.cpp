// asyncio: create_subprocess_exec() with pipes, Process.stdout.readline(), Process.communicate() and Process.wait().
#include <gyre/runtime/runtime.hpp>
#include <gyre/runtime/system/command.hpp>
#include <gyre/runtime/system/process.hpp>

#include <cstdio>
#include <optional>
#include <string>

namespace {

gyre::task<> amain() {
    // The arguments go to the program as they are; no shell looks at them, except where the program is one, as here.
    gyre::command greeter("sh");
    greeter.arg("-c").arg("while read name; do echo \"hello, $name\"; done; exit 3").in(gyre::stdio::pipe).out(gyre::stdio::pipe);

    // with() kills the child and waits for its end, whatever happens in the body: no orphans, no zombies.
    co_await gyre::with(greeter.start(), [](gyre::process& child) -> gyre::task<> {
        auto out = child.out();  // process.stdout, a StreamReader
        for (const char* name : {"Ann", "Bob"}) {
            const std::string line = std::string(name) + "\n";
            co_await child.write_in(line);
            const std::optional<std::string> answer = co_await out.read_line();  // without its "\n"; nullopt at the end
            std::printf("the child says: %s\n", answer ? answer->c_str() : "nothing more");
        }
        child.close_in();  // its read fails, and it ends
        const auto status = co_await child.wait();
        std::printf("it ended with status %d\n", status.code().value_or(-1));
    });

    // Start, feed, collect and wait in one go; two full pipes do not deadlock.
    gyre::command sort("sort");
    sort.in(gyre::stdio::pipe).out(gyre::stdio::pipe);
    auto sorter = co_await sort.start();
    const auto sorted = co_await sorter.communicate("pear\napple\nplum\n");
    std::printf("sorted: %s", sorted.out.c_str());
}

}  // namespace

int main() { gyre::run(amain()); }
