#include <gyre/net/detail/cares_service.hpp>
#include <gyre/net/detail/host_name.hpp>
#include <gyre/net/detail/resolver_core.hpp>
#include <gyre/runtime/coroutine/errors.hpp>
#include <gyre/runtime/loop/duration.hpp>

#include <algorithm>
#include <utility>

namespace gyre::net::detail {
namespace {

bool of_family(const address& a, family wanted) noexcept { return wanted == family::any || a.family() == wanted; }

std::vector<address> only(const std::vector<address>& all, family wanted) {
    std::vector<address> some;
    for (const address& a : all)
        if (of_family(a, wanted)) some.push_back(a);
    return some;
}

// That nobody said anything, or something useless: an older answer is better.
bool undecided(const name_answer& answer) noexcept {
    return answer.failed && (answer.why == errc::dns_timeout || answer.why == errc::dns_failure);
}

std::string key_of(const std::string& host, family wanted) {
    // A dot at the end means that search domains are left out, so it makes another question.
    std::string key = canonical_name(host);
    if (host.ends_with('.')) key += '.';
    key += '\0';
    key += static_cast<char>('0' + static_cast<int>(wanted));
    return key;
}

}  // namespace

const char resolver_core::kind_of_loops_own = 0;

void cached_name::answered(name_answer given) noexcept { owner_.keep(*this, std::move(given)); }

resolver_core::resolver_core(core::loop_state& loop, const resolver_options& options, bool of_loop)
    : loop_(loop), options_(options), of_loop_(of_loop), hosts_(options.hosts_file), service_(make_cares_service(loop, options)) {
    loop_.add_reference();
    loop_.add_service(*this);
}

resolver_core::~resolver_core() {
    core::list_hook<core::loop_service>::unlink();
    service_.reset();
    loop_.release();
}

core_ref<resolver_core> resolver_core::of_loop(core::loop_state& loop) {
    if (core::loop_service* found = loop.find_service(&kind_of_loops_own); found != nullptr)
        return core_ref<resolver_core>::share(static_cast<resolver_core&>(*found));
    core_ref<resolver_core> made(new resolver_core(loop, resolver_options(), true));
    made->add_reference();  // the loop's
    return made;
}

void resolver_core::loop_closing() noexcept {
    service_.reset();
    if (std::exchange(of_loop_, false)) release();
}

std::optional<std::vector<address>> resolver_core::known_locally(const std::string& host, family wanted) {
    if (const auto literal = address::parse(host)) {
        if (!of_family(*literal, wanted)) throw resolve_error(errc::no_address, host, "it is an address of the other family");
        return std::vector<address>(1, *literal);
    }
    if (const char* fault = fault_of_name(host); fault != nullptr) throw resolve_error(errc::bad_name, host, fault);
    const std::string name = canonical_name(host);
    if (const auto* listed = hosts_.find(name, loop_.now()); listed != nullptr) {
        std::vector<address> found = only(*listed, wanted);
        if (!found.empty()) return found;
    }
    if (!is_localhost(name)) return std::nullopt;
    const address loopback[] = {address::ipv6({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}), address::ipv4({127, 0, 0, 1})};
    return only(std::vector<address>(std::begin(loopback), std::end(loopback)), wanted);
}

cached_name& resolver_core::look_up(const std::string& host, family wanted) {
    ++stats_.lookups;
    const std::string key = key_of(host, wanted);
    auto found = names_.find(key);
    if (found == names_.end()) {
        make_room();
        found = names_.emplace(key, std::make_unique<cached_name>(*this, host, wanted)).first;
    } else {
        found->second->unlink();
    }
    cached_name& name = *found->second;
    by_use_.push_back(name);
    if (name.asking) {
        ++stats_.joined;
    } else if (name.answer && loop_.now() < name.fresh_until) {
        ++stats_.hits;
    } else if (!service_) {
        name.answered(name_answer(errc::closed, "the event loop has closed"));
    } else {
        ++stats_.questions;
        name.asking = true;
        service_->ask(name.host, wanted, name);
    }
    return name;
}

void resolver_core::make_room() noexcept {
    for (auto at = by_use_.begin(); at != by_use_.end() && names_.size() >= options_.cache_size;) {
        cached_name& oldest = *at++;
        if (oldest.asking || !oldest.waiting.empty()) continue;
        oldest.unlink();
        names_.erase(key_of(oldest.host, oldest.wanted));
    }
}

void resolver_core::keep(cached_name& name, name_answer answer) {
    name.asking = false;
    const time_point now = loop_.now();
    const bool stale_will_do = name.answer && !name.answer->failed && now < name.usable_until && undecided(answer);
    if (answer.failed) {
        name.fresh_until = answer.why == errc::closed ? now : core::saturated_sum(now, options_.negative_ttl);
    } else {
        name.fresh_until = core::saturated_sum(now, std::min<duration>(answer.ttl, options_.max_ttl));
        name.usable_until = core::saturated_sum(name.fresh_until, options_.max_stale);
    }
    if (!stale_will_do) name.answer = std::make_shared<const name_answer>(std::move(answer));
    while (!name.waiting.empty()) name.waiting.pop_front().answered(name);
}

void resolver_core::clear() {
    for (auto at = by_use_.begin(); at != by_use_.end();) {
        cached_name& name = *at++;
        if (name.asking) continue;
        name.unlink();
        names_.erase(key_of(name.host, name.wanted));
    }
}

resolver_stats resolver_core::stats() const noexcept {
    resolver_stats now = stats_;
    now.cached = names_.size();
    return now;
}

std::vector<address> resolver_core::addresses_of(const name_answer& answer, const std::string& host, unsigned turn) {
    if (answer.failed) throw resolve_error(answer.why, host, answer.detail);
    std::vector<address> all = answer.addresses;
    // Those of one family that stand together are equals: each caller begins with another one.
    for (auto first = all.begin(); first != all.end();) {
        const family same = first->family();
        const auto last = std::find_if(first, all.end(), [same](const address& a) { return a.family() != same; });
        std::rotate(first, first + static_cast<std::ptrdiff_t>(turn) % (last - first), last);
        first = last;
    }
    return all;
}

bool lookup_awaiter::begin() {
    if (&branch_->owner() != &in_->loop())
        throw invalid_state_error(
            "gyre: a resolver is used by a task of another event loop than the one it was made in; make one for each loop");
    cached_name& name = in_->look_up(host_, wanted_);
    turn_ = name.turn++;
    if (!name.asking) {
        answer_ = name.answer;
        return false;
    }
    name.waiting.push_back(*this);
    if (deadline_) in_->loop().arm(*this, *deadline_);
    return true;
}

void lookup_awaiter::answered(const cached_name& name) noexcept {
    answer_ = name.answer;
    in_->loop().disarm(*this);
    branch_->wake();
}

void lookup_awaiter::leave() noexcept {
    unlink();
    branch_->wake();
}

void lookup_awaiter::fired() noexcept { leave(); }

void lookup_awaiter::cancel() noexcept {
    stopped_ = true;
    in_->loop().disarm(*this);
    leave();
}

std::shared_ptr<const name_answer> lookup_awaiter::await_resume() {
    if (stopped_) branch_->throw_cancelled();
    return std::move(answer_);
}

}  // namespace gyre::net::detail
