#pragma once
#include <sys/resource.h>
#include <unistd.h>

#include <vector>

namespace gyre::test {

// Lets the process open so many file descriptors more, until the end or lift().
class descriptor_limit {
public:
    explicit descriptor_limit(int more = 0) {
        ::getrlimit(RLIMIT_NOFILE, &before_);
        allow(more);
    }
    descriptor_limit(const descriptor_limit&) = delete;
    ~descriptor_limit() { lift(); }

    // So many from now on, if none is closed.
    void allow(int more) const {
        lift();
        std::vector<int> free;
        for (int i = 0; i <= more; ++i) free.push_back(::dup(0));
        rlimit now = before_;
        now.rlim_cur = static_cast<rlim_t>(free.back());
        for (const int fd : free) ::close(fd);
        ::setrlimit(RLIMIT_NOFILE, &now);
    }
    void lift() const { ::setrlimit(RLIMIT_NOFILE, &before_); }

private:
    rlimit before_{};
};

}  // namespace gyre::test
