#pragma once
#include <gyre/net/detail/hosts_file.hpp>
#include <gyre/net/detail/name_service.hpp>
#include <gyre/net/resolver.hpp>
#include <gyre/runtime/coroutine/branch.hpp>
#include <gyre/runtime/coroutine/intrusive_list.hpp>
#include <gyre/runtime/coroutine/startable.hpp>
#include <gyre/runtime/loop/loop_state.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace gyre::net::detail {

namespace core = gyre::detail;
using core::core_ref;

class lookup_awaiter;

// One name of one family in the cache: what is known of it, and who waits for it.
class cached_name final : public name_service::request, public core::list_hook<> {
public:
    cached_name(resolver_core& owner, std::string name, family which) : host(std::move(name)), wanted(which), owner_(owner) {}
    void answered(name_answer given) noexcept override;

    const std::string host;
    const family wanted;
    std::shared_ptr<const name_answer> answer;  // null: none yet
    time_point fresh_until{};
    time_point usable_until{};  // when no server answers
    bool asking = false;
    unsigned turn = 0;
    core::intrusive_list<lookup_awaiter> waiting;

private:
    resolver_core& owner_;
};

// Cache, hosts file and questions under way. Owned by its handles and those who wait; the loop's own by the loop.
class resolver_core final : public core::loop_service {
public:
    resolver_core(core::loop_state& loop, const resolver_options& options, bool of_loop);
    resolver_core(const resolver_core&) = delete;

    static core_ref<resolver_core> of_loop(core::loop_state& loop);

    void add_reference() noexcept { ++references_; }
    void release() noexcept {
        if (--references_ == 0) delete this;
    }

    core::loop_state& loop() const noexcept { return loop_; }
    // From literal, localhost or hosts file; nullopt when DNS has to tell. Throws resolve_error for what is no name.
    std::optional<std::vector<address>> known_locally(const std::string& host, family wanted);
    // The entry of the name, with a fresh answer, or with a question under way.
    cached_name& look_up(const std::string& host, family wanted);
    // Addresses in this caller's order, or throws resolve_error.
    static std::vector<address> addresses_of(const name_answer& answer, const std::string& host, unsigned turn);

    void keep(cached_name& name, name_answer answer);
    void clear();
    resolver_stats stats() const noexcept;

    void loop_closing() noexcept override;
    const void* kind() const noexcept override { return of_loop_ ? &kind_of_loops_own : nullptr; }

private:
    static const char kind_of_loops_own;
    ~resolver_core();
    void make_room() noexcept;

    core::loop_state& loop_;
    const resolver_options options_;
    std::uint32_t references_ = 1;
    bool of_loop_;
    hosts_file hosts_;
    std::unordered_map<std::string, std::unique_ptr<cached_name>> names_;
    core::intrusive_list<cached_name> by_use_;  // the least recently used first
    resolver_stats stats_;
    std::unique_ptr<name_service> service_;  // last: its end answers what is under way
};

// Awaits the answer for a name. Leaves the question alone when it is cancelled or runs out of time.
class lookup_awaiter final : public core::startable<lookup_awaiter>, public core::timer, public core::list_hook<> {
public:
    lookup_awaiter(core_ref<resolver_core> in, const std::string& host, family wanted, std::optional<time_point> deadline) noexcept
        : in_(std::move(in)), host_(host), wanted_(wanted), deadline_(deadline) {}
    lookup_awaiter(const lookup_awaiter&) = delete;

    // Null when the deadline has passed.
    std::shared_ptr<const name_answer> await_resume();
    unsigned turn() const noexcept { return turn_; }

    void answered(const cached_name& name) noexcept;
    void fired() noexcept override;
    void cancel() noexcept override;
    std::string_view what() const noexcept override { return "resolve"; }

private:
    friend class core::startable<lookup_awaiter>;
    bool begin();
    void leave() noexcept;

    core_ref<resolver_core> in_;
    const std::string& host_;
    family wanted_;
    std::optional<time_point> deadline_;
    std::shared_ptr<const name_answer> answer_;
    unsigned turn_ = 0;
};

}  // namespace gyre::net::detail
