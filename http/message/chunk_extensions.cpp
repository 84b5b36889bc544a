#include <gyre/http/message/chunk_extensions.hpp>

#include <gyre/http/headers/field_syntax.hpp>
#include <gyre/http/message/message_error.hpp>

namespace gyre::http::detail {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t'; }

}  // namespace

chunk_extensions::state chunk_extensions::after(char c) const noexcept {
    const bool token_char = is_class(c, token_byte);
    switch (state_) {
        case state::semicolon:
            return is_blank(c) ? state::semicolon : c == ';' ? state::name_start : state::broken;
        case state::name_start:
            return is_blank(c) ? state::name_start : token_char ? state::name : state::broken;
        case state::name:
            if (token_char) return state::name;
            [[fallthrough]];
        case state::equals:
            if (is_blank(c)) return state::equals;
            return c == '=' ? state::value_start : c == ';' ? state::name_start : state::broken;
        case state::value_start:
            if (is_blank(c)) return state::value_start;
            return c == '"' ? state::quoted : token_char ? state::token : state::broken;
        case state::token:
            if (token_char) return state::token;
            [[fallthrough]];
        case state::value_end:
            return is_blank(c) ? state::semicolon : c == ';' ? state::name_start : state::broken;
        case state::quoted:
            return c == '\\' ? state::escaped : c == '"' ? state::value_end : is_class(c, value_byte) ? state::quoted : state::broken;
        case state::escaped:
            return is_class(c, value_byte) ? state::quoted : state::broken;
        case state::broken:
            break;
    }
    return state::broken;
}

std::size_t chunk_extensions::read(std::string_view input) {
    for (std::size_t i = 0; i < input.size(); ++i) {
        if (input[i] == '\r' && may_end()) return i;
        state_ = after(input[i]);
        if (state_ == state::broken)
            fail(parse_error::bad_chunk, "malformed chunk extension", input.substr(i > 16 ? i - 16 : 0, 48), i > 16 ? 16 : i);
    }
    return input.size();
}

}  // namespace gyre::http::detail
