#pragma once
#include <gyre/runtime/io/asio/interest_set.hpp>
#include <gyre/runtime/io/asio/request.hpp>

#include <memory>
#include <vector>

namespace gyre::detail {

// Requests that wait until their fd is ready. On each fd readers queue in their order, and so do writers; an event says when to try
// again, and the attempt says whether it was true.
class readiness {
public:
    // `done` receives what has ended.
    readiness(done_list& done, const wake_up& loop);

    // Queues the request for its fd's next event. 0, or a negative errno and it does not wait.
    int wait_for(request& r);
    // True when one like it waits on the fd already, so that its turn has not come.
    bool queued_behind_others(const request& r) noexcept;
    void cancel(request& r) noexcept;
    // Ends all that wait on the fd with -ECANCELED and forgets the fd, which is about to be closed.
    void release(int fd) noexcept;

    // Tries what is ready now. True when the wake-up was among it.
    bool collect() noexcept;

    std::size_t waiting() const noexcept { return waiting_; }
    // Readable when collect() has something to do.
    int fd() const noexcept { return set_.fd(); }
    bool ready() const noexcept { return set_.ready(); }

private:
    struct descriptor {
        request_list readers, writers, pollers;
        bool registered = false;

        bool idle() const noexcept { return readers.empty() && writers.empty() && pollers.empty(); }
        unsigned events() noexcept;
        bool deceived() noexcept;
        request_list& queue_of(const request& r) noexcept;
    };

    descriptor* find(int fd) noexcept;
    descriptor& find_or_add(int fd);
    void handle(int fd, unsigned events) noexcept;
    void attempt_in_turn(request_list& queue) noexcept;
    void attempt_each(request_list& pollers, unsigned events) noexcept;
    void arm_again(int fd, descriptor& d) noexcept;
    void rest(int fd) noexcept;
    void end_rest() noexcept;
    void end(request& r, std::int32_t result) noexcept;
    void end_all(descriptor& d, std::int32_t result) noexcept;

    done_list* done_;
    const wake_up* loop_;
    interest_set set_;
    std::vector<std::unique_ptr<descriptor>> descriptors_;  // by fd
    std::size_t waiting_ = 0;
    std::vector<int> resting_;
    unique_fd rest_timer_;
};

}  // namespace gyre::detail
