// The cure for aggregate_temporary: a constructor.
#include "coroutine.hpp"

struct options {
    options() {}
    counted member;
    int n = 1;
};
lazy<int> use(options o) { co_return o.n; }
lazy<int> body() {
    int sum = 0;
    sum += co_await use(options());
    co_return sum;
}
int main() {
    const int n = body().run();
    return verdict(counted::alive == 0 && n == 1);
}
