// libcurl's multi interface the efficient way: curl_multi_socket_action on epoll, one easy handle a connection, reused. libcurl takes a
// socket off the watch list after every transfer; the removal is kept back until the socket really speaks up unasked, which saves two
// epoll_ctl calls a request.
#include <curl/curl.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <vector>

#include "../support.hpp"

namespace {

struct watch {
    unsigned registered = 0;  // what epoll watches
    unsigned wanted = 0;      // what libcurl asked for
};

class client {
public:
    explicit client(const peers::http_options& options) : options_(options) {
        curl_global_init(CURL_GLOBAL_ALL);
        epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
        multi_ = curl_multi_init();
        if (epoll_ < 0 || multi_ == nullptr) peers::die("no epoll or no multi handle");
        curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &client::on_socket);
        curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
        curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &client::on_timer);
        curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
        curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, static_cast<long>(options.connections));
        curl_multi_setopt(multi_, CURLMOPT_PIPELINING, static_cast<long>(CURLPIPE_NOTHING));
        // The default buffer of 16 KiB, and 64 KiB where the body is larger.
        const long buffer = options.expect > 16 * 1024 ? 64 * 1024 : 16 * 1024;
        bodies_ = std::make_unique<std::uint64_t[]>(options.connections);
        for (std::size_t i = 0; i < options.connections; ++i) {
            CURL* easy = curl_easy_init();
            curl_easy_setopt(easy, CURLOPT_URL, options.url.c_str());
            curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
            curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 1L);
            curl_easy_setopt(easy, CURLOPT_PROXY, "");
            curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
            curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, buffer);
            curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &client::on_body);
            curl_easy_setopt(easy, CURLOPT_WRITEDATA, &bodies_[i]);
            curl_easy_setopt(easy, CURLOPT_PRIVATE, &bodies_[i]);
            curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, &client::on_close);
            curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, this);
            handles_.push_back(easy);
        }
    }

    client(const client&) = delete;
    client& operator=(const client&) = delete;

    ~client() {
        for (CURL* easy : handles_) curl_easy_cleanup(easy);
        curl_multi_cleanup(multi_);
        ::close(epoll_);
        curl_global_cleanup();
    }

    peers::tally run(std::size_t requests) {
        tally_ = {};
        to_start_ = requests;
        active_ = 0;
        for (std::size_t i = 0; i < handles_.size() && to_start_ > 0; ++i) start(handles_[i]);
        std::vector<epoll_event> events(std::max<std::size_t>(handles_.size(), 16));
        int running = 0;
        while (active_ > 0) {
            const int timeout = timeout_ms_ < 0 ? -1 : static_cast<int>(timeout_ms_);
            const int ready = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), timeout);
            if (ready < 0 && errno != EINTR) peers::die(std::string("epoll_wait: ") + std::strerror(errno));
            for (int i = 0; i < ready; ++i) {
                const epoll_event& event = events[static_cast<std::size_t>(i)];
                const int fd = event.data.fd;
                watch& w = watch_of(fd);
                if (w.wanted == 0) {
                    ::epoll_ctl(epoll_, EPOLL_CTL_DEL, fd, nullptr);
                    w.registered = 0;
                    continue;
                }
                int what = 0;
                if ((event.events & EPOLLIN) != 0) what |= CURL_CSELECT_IN;
                if ((event.events & EPOLLOUT) != 0) what |= CURL_CSELECT_OUT;
                if ((event.events & (EPOLLERR | EPOLLHUP)) != 0) what |= CURL_CSELECT_ERR;
                curl_multi_socket_action(multi_, fd, what, &running);
            }
            reap();
            // Handles added just now ask for a timer of 0: one call starts all of them.
            if (ready == 0 || timeout_ms_ == 0) {
                timeout_ms_ = -1;
                curl_multi_socket_action(multi_, CURL_SOCKET_TIMEOUT, 0, &running);
                reap();
            }
        }
        return tally_;
    }

private:
    void start(CURL* easy) {
        --to_start_;
        ++active_;
        void* body = nullptr;
        curl_easy_getinfo(easy, CURLINFO_PRIVATE, &body);
        *static_cast<std::uint64_t*>(body) = 0;
        curl_multi_add_handle(multi_, easy);
    }

    void reap() {
        int left = 0;
        while (CURLMsg* message = curl_multi_info_read(multi_, &left)) {
            if (message->msg != CURLMSG_DONE) continue;
            CURL* easy = message->easy_handle;
            const CURLcode result = message->data.result;
            long status = 0;
            void* body = nullptr;
            curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
            curl_easy_getinfo(easy, CURLINFO_PRIVATE, &body);
            const std::uint64_t size = *static_cast<std::uint64_t*>(body);
            curl_multi_remove_handle(multi_, easy);
            --active_;
            if (result == CURLE_OK && status == 200 && size == options_.expect) {
                ++tally_.requests;
                tally_.bytes += size;
            }
            if (to_start_ > 0) start(easy);
        }
    }

    watch& watch_of(int fd) {
        const auto index = static_cast<std::size_t>(fd);
        if (index >= watches_.size()) watches_.resize(index + 64);
        return watches_[index];
    }

    static int on_socket(CURL*, curl_socket_t fd, int what, void* self, void*) {
        client& c = *static_cast<client*>(self);
        watch& w = c.watch_of(fd);
        w.wanted = 0;
        if (what == CURL_POLL_IN || what == CURL_POLL_INOUT) w.wanted |= EPOLLIN;
        if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT) w.wanted |= EPOLLOUT;
        if (w.wanted == 0 || w.wanted == w.registered) return 0;
        epoll_event event{};
        event.events = w.wanted;
        event.data.fd = fd;
        ::epoll_ctl(c.epoll_, w.registered == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, &event);
        w.registered = w.wanted;
        return 0;
    }

    static int on_close(void* self, curl_socket_t fd) {
        static_cast<client*>(self)->watch_of(fd) = watch();
        return ::close(fd);
    }

    static int on_timer(CURLM*, long timeout_ms, void* self) {
        static_cast<client*>(self)->timeout_ms_ = timeout_ms;
        return 0;
    }

    static std::size_t on_body(char*, std::size_t size, std::size_t count, void* body) {
        *static_cast<std::uint64_t*>(body) += size * count;
        return size * count;
    }

    const peers::http_options& options_;
    int epoll_ = -1;
    CURLM* multi_ = nullptr;
    std::vector<CURL*> handles_;
    std::unique_ptr<std::uint64_t[]> bodies_;
    std::vector<watch> watches_;
    long timeout_ms_ = -1;
    peers::tally tally_;
    std::size_t to_start_ = 0;
    std::size_t active_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
    const peers::http_options options = peers::http_command_line(argc, argv);
    client c(options);
    peers::http_measurement m(options);
    m.begin(c.run(m.warm_up()));
    return m.end(c.run(options.requests), std::string("libcurl ") + curl_version_info(CURLVERSION_NOW)->version);
}
