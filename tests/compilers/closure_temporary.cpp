// A lambda with captures as a temporary in an expression with co_await.
#include "coroutine.hpp"

template <class Fn>
lazy<int> call(Fn fn) {
    fn();
    co_return 1;
}
lazy<int> body() {
    counted c;
    co_return co_await call([c] { (void)c; });
}
int main() {
    body().run();
    return verdict(counted::alive == 0);
}
