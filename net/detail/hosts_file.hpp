#pragma once
#include <gyre/net/address.hpp>

#include <chrono>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace gyre::net::detail {

// The names of /etc/hosts; read again when the file has changed, which is looked at once a second at most.
class hosts_file {
public:
    using clock_time = std::chrono::steady_clock::time_point;

    explicit hosts_file(std::string path) : path_(std::move(path)) {}

    // The addresses of a name in lower case and without a dot at its end, in the file's order; null when it is not there.
    const std::vector<address>* find(std::string_view name, clock_time now);

private:
    void refresh();
    void parse(std::string_view text);

    std::string path_;
    std::unordered_map<std::string, std::vector<address>> names_;
    std::optional<clock_time> looked_;
    std::timespec changed_{};
    long long size_ = -1;
};

}  // namespace gyre::net::detail
