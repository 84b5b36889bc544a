// A conditional expression with class temporaries as an argument of an awaited call.
#include "coroutine.hpp"

struct text {
    counted c;
    friend text operator+(const text&, const text&) { return {}; }
};
lazy<int> use(const text&) { co_return 1; }
lazy<int> body(bool both) {
    const text a;
    const text b;
    co_return co_await use(both ? a + b : b);
}
int main() {
    body(true).run();
    body(false).run();
    return verdict(counted::alive == 0);
}
