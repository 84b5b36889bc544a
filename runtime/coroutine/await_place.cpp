#include <gyre/runtime/coroutine/await_place.hpp>
#include <gyre/runtime/coroutine/exceptions.hpp>
#include <gyre/runtime/coroutine/promise_base.hpp>

#include <string_view>

namespace gyre::detail {

await_place place_of(const promise_base& promise) noexcept {
    return {promise.created_, promise.awaiting_.line() != 0 ? promise.awaiting_ : promise.created_};
}

std::vector<await_place> await_places(const promise_base* leaf, std::size_t limit) {
    std::vector<await_place> places;
    for (const promise_base* p = leaf; p != nullptr && places.size() < limit; p = p->awaited_by_) {
        const bool awaits_unseen = p != leaf && p->awaiting_.line() == 0;
        if (!awaits_unseen) places.push_back(place_of(*p));
    }
    return places;
}

std::string line_of(const std::source_location& where) {
    const std::string_view path = where.file_name();
    const std::size_t slash = path.rfind('/');
    return std::string(slash == std::string_view::npos ? path : path.substr(slash + 1)) + ":" + std::to_string(where.line());
}

std::string describe(const await_place& place) { return std::string(function_name(place.function)) + " at " + line_of(place.where); }

std::string describe(const std::vector<await_place>& innermost_first) {
    std::string text;
    for (auto place = innermost_first.rbegin(); place != innermost_first.rend(); ++place) {
        if (!text.empty()) text += " > ";
        text += describe(*place);
    }
    return text;
}

}  // namespace gyre::detail
