#pragma once
#include "for_people.hpp"
#include "printable.hpp"
#include "visit.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <map>
#include <string>
#include <vector>

namespace example {

// Counts visits, for the line that shows the progress and for the summary at the end. Each visit counts once: under its status when the
// response came whole, else under its error.
class tally {
public:
    // `refused_from`: the lowest status that is not what was asked for.
    explicit tally(int refused_from) : refused_from_(refused_from) {}

    void add(const visit& v) {
        ++count_;
        bytes_ += v.bytes;
        if (v.came()) {
            ++statuses_[v.status];
            latencies_.push_back(static_cast<float>(v.seconds));
            if (refused(v)) ++refusals_;
        } else {
            auto& kind = errors_[v.error];
            if (++kind.count == 1) kind.first = printable(v.url + ": " + v.message);
            ++failures_;
        }
    }

    bool refused(const visit& v) const { return v.came() && v.status >= refused_from_; }

    std::size_t count() const { return count_; }
    std::size_t failures() const { return failures_; }  // no response, or not all of it
    std::size_t refusals() const { return refusals_; }  // a whole response, but not what was asked for
    std::uint64_t bytes() const { return bytes_; }

    // "120 done, 2 with status >= 400, 1 failed, 1.2 MiB"
    std::string text() const {
        std::string text = std::to_string(count_) + " done";
        if (refusals_ > 0) text += ", " + std::to_string(refusals_) + " with status >= " + std::to_string(refused_from_);
        if (failures_ > 0) text += ", " + std::to_string(failures_) + " failed";
        return text + ", " + readable_bytes(bytes_);
    }

    void print_summary(std::FILE* out) const {
        const double seconds = std::max(std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count(), 1e-6);
        const double bytes = static_cast<double>(bytes_);
        std::fprintf(out, "%zu URLs in %s, %.1f requests/s, %s, %s/s\n", count_, readable_seconds(seconds).c_str(),
                     static_cast<double>(count_) / seconds, readable_bytes(bytes).c_str(), readable_bytes(bytes / seconds).c_str());
        if (!statuses_.empty()) std::fprintf(out, "status   %s\n", counts(statuses_).c_str());
        for (const auto& [kind, errors] : errors_)
            std::fprintf(out, "error    %s: %zu, the first: %s\n", kind.c_str(), errors.count, errors.first.c_str());
        if (!latencies_.empty())
            std::fprintf(out, "latency  p50 %s, p90 %s, p99 %s, longest %s\n", latency(50).c_str(), latency(90).c_str(),
                         latency(99).c_str(), latency(100).c_str());
    }

private:
    struct error_kind {
        std::size_t count = 0;
        std::string first;
    };

    static std::string counts(const std::map<int, std::size_t>& numbers) {
        std::string text;
        for (const auto& [status, count] : numbers)
            text += (text.empty() ? "" : ", ") + std::to_string(status) + ": " + std::to_string(count);
        return text;
    }
    // The smallest latency that so many percent of the responses did not exceed.
    std::string latency(std::size_t percent) const {
        std::vector<float> sorted = latencies_;
        const auto place = sorted.begin() + static_cast<std::ptrdiff_t>((sorted.size() * percent + 99) / 100 - 1);
        std::nth_element(sorted.begin(), place, sorted.end());
        return readable_seconds(static_cast<double>(*place));
    }

    int refused_from_;
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
    std::size_t count_ = 0;
    std::size_t failures_ = 0;
    std::size_t refusals_ = 0;
    std::uint64_t bytes_ = 0;
    std::map<int, std::size_t> statuses_;
    std::map<std::string, error_kind> errors_;
    std::vector<float> latencies_;
};

}  // namespace example
