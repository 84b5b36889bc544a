#include <sys/stat.h>
#include <unistd.h>
#include <gyre/runtime/io/asio/readiness.hpp>
#include <gyre/runtime/io/asio/request.hpp>
#include <gyre/runtime/io/backend.hpp>

#include <algorithm>
#include <cerrno>
#include <exception>

namespace gyre::detail {
namespace {

using clock = std::chrono::steady_clock;

// How long readiness may go unnoticed while the loop has other things to do. A look costs about a microsecond.
constexpr std::chrono::microseconds between_looks(50);
constexpr std::chrono::hours longest_wait(24);

bool is_regular_file(int fd) noexcept {
    struct stat what{};
    return ::fstat(fd, &what) == 0 && S_ISREG(what.st_mode);
}

// Every operation is tried at the first poll() after submit(). What would block then waits for its fd to be ready, in `readiness`,
// and what blocks without any fd's being unready, as files do, goes to a thread of Asio's pool.
class asio_backend final : public backend {
public:
    asio_backend() : readiness_(done_, wake_up_), finished_(wake_up_), engine_(readiness_.fd()) {}
    ~asio_backend() override {
        engine_.finish_jobs();
        for (request_list* left : {&submitted_, &closing_})
            for (const request& r : *left)
                if (r.op == nullptr) ::close(r.fd);
    }

    std::string_view name() const noexcept override { return "asio"; }

    void submit(operation& op) override {
        request& r = store_.take();
        r.begin(&op, op.code, op.fd);
        op.backend_state = &r;
        submitted_.push_back(r);
        ++in_flight_;
    }

    void cancel(operation& op) noexcept override {
        if (op.cancel_asked) return;
        op.cancel_asked = true;
        request& r = *static_cast<request*>(op.backend_state);
        // Half a close is no close.
        if (r.code == opcode::close) return;
        switch (r.at) {
            case request::stage::submitted:
                r.unlink();
                done_.add(r, -ECANCELED);
                break;
            case request::stage::waiting:
                readiness_.cancel(r);
                break;
            case request::stage::in_thread:
                call_off(r);
                break;
            case request::stage::closing:
            case request::stage::done:
                break;
        }
    }

    void close_detached(int fd) noexcept override {
        request& r = store_.take();
        r.begin(nullptr, opcode::close, fd);
        submitted_.push_back(r);
    }

    bool wants_poll() const noexcept override {
        if (!submitted_.empty() || !done_.empty() || !finished_.empty()) return true;
        // A host that watches poll_fd() would come again and again for a fixed interval's sake; it gets the exact answer.
        if (watched_by_host_) return readiness_.ready();
        return readiness_.waiting() != 0 && clock::now() - last_look_ >= between_looks;
    }

    void poll(std::optional<std::chrono::nanoseconds> wait) override {
        while (!submitted_.empty()) start(submitted_.pop_front());
        collect_jobs();
        if (!done_.empty() || (wait && wait->count() <= 0)) {
            if (readiness_.waiting() != 0 || watched_by_host_) look();
        } else {
            wait_for_something(wait);
        }
        tell();
    }

    int poll_fd() override {
        watched_by_host_ = true;
        return readiness_.fd();
    }

    void wake() noexcept override { wake_up_.signal(); }

private:
    void start(request& r) noexcept {
        if (r.code == opcode::close) return begin_close(r);
        const bool hinted = r.code == opcode::recv && r.op->poll_first;
        if (hinted || readiness_.queued_behind_others(r)) return wait_for_readiness(r);
        const std::int32_t got = attempt(*r.op, r.state);
        if (got == would_block)
            wait_for_readiness(r);
        else if (got == needs_thread)
            run_in_thread(r);
        else
            done_.add(r, got);
    }

    void wait_for_readiness(request& r) noexcept {
        const int status = readiness_.wait_for(r);
        if (status != 0) done_.add(r, status);
    }

    bool look() noexcept {
        const bool woken = readiness_.collect();
        last_look_ = clock::now();
        return woken;
    }

    void wait_for_something(std::optional<std::chrono::nanoseconds> wait) {
        std::optional<clock::time_point> deadline;
        if (wait) deadline = clock::now() + std::min<std::chrono::nanoseconds>(*wait, longest_wait);
        for (;;) {
            engine_.wait(deadline);
            const bool woken = look();
            collect_jobs();
            if (woken || !done_.empty() || (deadline && last_look_ >= *deadline)) return;
        }
    }

    void tell() noexcept {
        while (!done_.empty()) {
            request& r = done_.take();
            operation& op = *r.op;
            r.op = nullptr;
            op.result = r.result;
            op.backend_state = nullptr;
            if (!r.held_by_thread) store_.give_back(r);
            --in_flight_;
            op.completed();
        }
    }

    // ------------------------------------------------------------ threads

    void run_in_thread(request& r) noexcept {
        r.at = request::stage::in_thread;
        r.job.store(request::job_state::queued, std::memory_order_relaxed);
        r.hand_back = &finished_;
        r.held_by_thread = true;
        in_threads_.push_back(r);
        try {
            engine_.run_in_thread(r);
        } catch (const std::exception&) {
            // No thread or no memory for it.
            r.held_by_thread = false;
            r.unlink();
            finish(r, -EAGAIN);
        }
    }

    // True when it has not begun and will not. The thread still hands the request back, later.
    bool call_off(request& r) noexcept {
        if (!r.call_off()) return false;
        r.unlink();
        done_.add(r, -ECANCELED);
        return true;
    }

    void collect_jobs() noexcept {
        if (finished_.empty()) return;
        request* next = nullptr;
        for (request* r = finished_.take(); r != nullptr; r = next) {
            next = r->next;
            r->held_by_thread = false;
            if (r->job.load(std::memory_order_relaxed) != request::job_state::called_off) {
                r->unlink();
                finish(*r, r->result);
            } else if (r->op == nullptr) {
                store_.give_back(*r);
            }
        }
        request_list again;
        again.splice_back(closing_);
        while (!again.empty()) close_when_unused(again.pop_front());
    }

    void finish(request& r, std::int32_t result) noexcept {
        if (r.op == nullptr)
            store_.give_back(r);
        else
            done_.add(r, result);
    }

    // ------------------------------------------------------------ close

    void begin_close(request& r) noexcept {
        readiness_.release(r.fd);
        for (auto at = in_threads_.begin(); at != in_threads_.end();) {
            request& job = *at++;
            if (job.code != opcode::close && uses(job, r.fd)) call_off(job);
        }
        close_when_unused(r);
    }

    static bool uses(const request& job, int fd) noexcept { return job.fd == fd || (job.code == opcode::rename && job.op->other_fd == fd); }

    // A thread that is about to use the number must not find another file behind it.
    void close_when_unused(request& r) noexcept {
        for (const request& job : in_threads_) {
            if (!uses(job, r.fd)) continue;
            r.at = request::stage::closing;
            return closing_.push_back(r);
        }
        // Some file systems write back what is left at close.
        if (is_regular_file(r.fd)) return run_in_thread(r);
        const bool closed = ::close(r.fd) == 0 || errno == EINTR;
        finish(r, closed ? 0 : -errno);
    }

    wake_up wake_up_;
    done_list done_;
    request_list submitted_, in_threads_, closing_;
    request_store store_;
    readiness readiness_;
    finished_jobs finished_;
    asio_engine engine_;
    clock::time_point last_look_;
    bool watched_by_host_ = false;
};

}  // namespace

std::unique_ptr<backend> make_asio_backend() { return std::make_unique<asio_backend>(); }

}  // namespace gyre::detail
