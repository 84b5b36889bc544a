#pragma once
#include <atomic>
#include <utility>

namespace gyre::testing {

// An object that counts how many of its kind live, to show that nothing is leaked, destroyed twice or copied needlessly. `Tag` tells
// kinds apart, so that a test counts its own: struct here; live_object<here>::reset();
// Thread: any, an object one at a time.
template <class Tag = void>
class live_object {
public:
    live_object() noexcept { ++alive_; }
    explicit live_object(int value) noexcept : value_(value) { ++alive_; }
    live_object(const live_object& other) noexcept : value_(other.value_) {
        ++alive_;
        ++copies_;
    }
    live_object(live_object&& other) noexcept : value_(std::exchange(other.value_, moved_from)) {
        ++alive_;
        ++moves_;
    }
    live_object& operator=(const live_object& other) noexcept {
        value_ = other.value_;
        ++copies_;
        return *this;
    }
    live_object& operator=(live_object&& other) noexcept {
        value_ = std::exchange(other.value_, moved_from);
        ++moves_;
        return *this;
    }
    ~live_object() { --alive_; }

    int value() const noexcept { return value_; }
    friend bool operator==(const live_object& a, const live_object& b) noexcept { return a.value_ == b.value_; }

    static constexpr int moved_from = -1;

    // Objects alive now: negative when one was destroyed twice. Copies and moves since the last reset().
    static long alive() noexcept { return alive_; }
    static long copies() noexcept { return copies_; }
    static long moves() noexcept { return moves_; }
    static void reset() noexcept { alive_ = copies_ = moves_ = 0; }

private:
    int value_ = 0;
    inline static std::atomic<long> alive_ = 0;
    inline static std::atomic<long> copies_ = 0;
    inline static std::atomic<long> moves_ = 0;
};

}  // namespace gyre::testing
