#include <gyre/net/detail/host_name.hpp>

#include <algorithm>
#include <cstddef>

namespace gyre::net::detail {

std::string canonical_name(std::string_view host) {
    if (host.ends_with('.')) host.remove_suffix(1);
    std::string name(host);
    for (char& c : name)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return name;
}

const char* fault_of_name(std::string_view host) noexcept {
    if (host.ends_with('.')) host.remove_suffix(1);
    if (host.empty()) return "it is empty";
    if (host.size() > 253) return "it is too long";
    std::size_t label = 0;
    for (const char c : host) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0x80) return "it has characters outside ASCII: write it in its ASCII form, xn--...";
        if (byte <= 0x20 || byte == 0x7f) return "it has a space or a control character";
        if (std::string_view("/@:[]?#\\%").find(c) != std::string_view::npos) return "it has a character that no name has";
        if (c != '.') {
            if (++label > 63) return "a part of it is too long";
            continue;
        }
        if (label == 0) return "a part of it is empty";
        label = 0;
    }
    return nullptr;
}

bool is_localhost(std::string_view canonical) noexcept { return canonical == "localhost" || canonical.ends_with(".localhost"); }

}  // namespace gyre::net::detail
