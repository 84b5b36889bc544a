// co_await inside an initialiser list.
#include <vector>

#include "coroutine.hpp"

lazy<int> one() { co_return 1; }
lazy<int> body() {
    std::vector<int> v{co_await one(), co_await one()};
    co_return static_cast<int>(v.size());
}
int main() { return verdict(body().run() == 2); }
