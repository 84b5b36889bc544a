#include <gyre/http/client/detail/route.hpp>

namespace gyre::http::detail {

std::string_view route::key_of(const url& target) noexcept {
    const std::string_view authority = target.host_and_port();
    const char* const begin = target.href().data();
    return std::string_view(begin, static_cast<std::size_t>(authority.data() + authority.size() - begin));
}

route::route(const url& target) : host_(target.address()), port_(target.effective_port().value_or(0)) {
    key_ = key_of(target);
    name_ = std::string(target.host()) + ":" + std::to_string(port_);
}

}  // namespace gyre::http::detail
