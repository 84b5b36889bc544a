#include <gyre/http/headers/token_list.hpp>

#include <gyre/http/headers/field_syntax.hpp>

namespace gyre::http {

void token_list::iterator::advance() noexcept {
    while (!rest_.empty()) {
        std::size_t end = 0;
        bool in_quotes = false;
        for (; end < rest_.size(); ++end) {
            const char c = rest_[end];
            if (c == '"') {
                in_quotes = !in_quotes;
            } else if (c == '\\' && in_quotes && end + 1 < rest_.size()) {
                ++end;
            } else if (c == ',' && !in_quotes) {
                break;
            }
        }
        const std::string_view element = trim_whitespace(rest_.substr(0, end));
        rest_.remove_prefix(end < rest_.size() ? end + 1 : end);
        if (!element.empty()) {
            element_ = element;
            return;
        }
    }
    element_ = {};
}

bool token_list::contains(std::string_view token) const noexcept {
    for (const std::string_view element : *this) {
        if (equals_ignoring_case(element, token)) return true;
    }
    return false;
}

std::string_view without_parameters(std::string_view element) noexcept { return trim_whitespace(element.substr(0, element.find(';'))); }

}  // namespace gyre::http
