// A non-trivial aggregate as a temporary in an expression with co_await.
#include "coroutine.hpp"

struct options {
    counted member;
    int n = 0;
};
lazy<int> use(options o) { co_return o.n; }
lazy<int> body() {
    int sum = 0;
    sum += co_await use(options{.member = counted(), .n = 1});
    co_return sum;
}
int main() {
    const int n = body().run();
    return verdict(counted::alive == 0 && n == 1);
}
