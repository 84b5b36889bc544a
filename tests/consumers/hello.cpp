// What every consumer project builds: the whole of gyre included, one coroutine run.
#include <cstdio>
#include <gyre/runtime/runtime.hpp>
#if __has_include(<gyre/net/net.hpp>)
#include <gyre/net/net.hpp>
#endif
#if __has_include(<gyre/fs/fs.hpp>)
#include <gyre/fs/fs.hpp>
#endif
#if __has_include(<gyre/http/http.hpp>)
#include <gyre/http/http.hpp>
#endif

static gyre::task<const char*> greeting() { co_return "hello from gyre"; }

static gyre::task<> amain() {
    const char* text = co_await greeting();
    std::puts(text);
}

int main() { gyre::run(amain()); }
