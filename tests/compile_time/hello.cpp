#include <cstdio>
#include <gyre/runtime/runtime.hpp>

gyre::task<> hello() {
    std::puts("hello");
    co_return;
}

int main() { gyre::run(hello()); }
