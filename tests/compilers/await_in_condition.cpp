// A body with no local at top level and a co_await in its first condition.
#include "coroutine.hpp"

bool reached = false;
lazy<bool> yes() { co_return true; }
lazy<int> body() {
    if (co_await yes()) reached = true;
    co_return 1;
}
int main() {
    const int n = body().run();
    return verdict(reached && n == 1);
}
