#include "links.hpp"

#include <gumbo.h>

#include <gyre/runtime/coroutine/errors.hpp>

#include <csetjmp>
#include <cstddef>
#include <memory_resource>
#include <optional>
#include <sstream>
#include <string>
#include <unordered_set>

namespace {

const char* link_attribute(GumboTag tag) {
    switch (tag) {
        case GUMBO_TAG_A:
        case GUMBO_TAG_AREA:
        case GUMBO_TAG_LINK:
            return "href";
        case GUMBO_TAG_FRAME:
        case GUMBO_TAG_IFRAME:
        case GUMBO_TAG_IMG:
        case GUMBO_TAG_SCRIPT:
            return "src";
        default:
            return nullptr;
    }
}

const char* value_of(const GumboElement& element, const char* attribute) {
    const GumboAttribute* found = gumbo_get_attribute(&element.attributes, attribute);
    return found != nullptr ? found->value : nullptr;
}

struct raw_links {
    const char* base = nullptr;  // of the first <base href>
    std::vector<const char*> links;
};

// Without recursion: a page may nest its elements as deep as it likes.
raw_links find_links(const GumboNode* root) {
    raw_links found;
    std::vector<const GumboNode*> to_visit{root};
    while (!to_visit.empty()) {
        const GumboNode* node = to_visit.back();
        to_visit.pop_back();
        if (node->type != GUMBO_NODE_ELEMENT && node->type != GUMBO_NODE_TEMPLATE) continue;
        const GumboElement& element = node->v.element;
        if (element.tag == GUMBO_TAG_BASE && found.base == nullptr) {
            found.base = value_of(element, "href");
        } else if (const char* attribute = link_attribute(element.tag)) {
            if (const char* link = value_of(element, attribute)) found.links.push_back(link);
        }
        for (std::size_t i = element.children.length; i > 0; --i)
            to_visit.push_back(static_cast<const GumboNode*>(element.children.data[i - 1]));
    }
    return found;
}

// One parse by gumbo, in an arena, which goes away as a whole: gumbo_destroy_output() would recurse through the tree.
class search {
public:
    search(std::size_t size, const search_limits& limits) : arena_(64 * 1024 + size * 2), limits_(limits) {}

    // Gives the root.
    const GumboNode* parse(std::string_view html) {
        GumboOptions options = kGumboDefaultOptions;
        options.allocator = [](void* me, std::size_t size) { return static_cast<search*>(me)->allocate(size); };
        options.deallocator = [](void*, void*) {};
        options.userdata = this;
        options.max_errors = 0;
        // Gumbo knows no way to end a parse, but for each token it allocates. The jump goes over its C frames only, and what they have is
        // in the arena. NOLINTNEXTLINE(modernize-avoid-setjmp-longjmp,cert-err52-cpp)
        if (setjmp(out_) != 0) give_up();
        return gumbo_parse_with_options(&options, html.data(), html.size())->root;
    }

    bool is_over() {
        if (limits_.stop.load(std::memory_order_relaxed)) return true;
        constexpr unsigned looks_between = 64;  // at the clock
        return ++calls_ % looks_between == 0 && std::chrono::steady_clock::now() - start_ > limits_.time;
    }
    [[noreturn]] void give_up() const {
        if (limits_.stop.load(std::memory_order_relaxed)) throw gyre::cancelled_error();
        std::ostringstream message;
        message << "the page came, but the search for its links took longer than " << limits_.time.count()
                << " s: its elements are nested too deep; allow more with --timeout";
        throw search_timeout(message.str());
    }

private:
    void* allocate(std::size_t size) {
        // NOLINTNEXTLINE(modernize-avoid-setjmp-longjmp,cert-err52-cpp)
        if (is_over()) std::longjmp(out_, 1);
        return arena_.allocate(size);
    }

    std::pmr::monotonic_buffer_resource arena_;
    const search_limits& limits_;
    const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
    unsigned calls_ = 0;
    std::jmp_buf out_{};
};

}  // namespace

bool can_be_crawled(const gyre::http::url& link) { return link.scheme() == "http" || link.scheme() == "https"; }

bool prepare_link(gyre::http::url& link) {
    if (!can_be_crawled(link)) return false;
    link.clear_fragment();
    link.clear_credentials();
    return true;
}

std::vector<gyre::http::url> links_of(std::string_view html, const gyre::http::url& page, const search_limits& limits) {
    search run(html.size(), limits);
    const raw_links found = find_links(run.parse(html));

    std::optional<gyre::http::url> base;
    if (found.base != nullptr) base = gyre::http::url::try_parse(found.base, page);
    std::vector<gyre::http::url> links;
    std::unordered_set<std::string> seen;
    for (const char* text : found.links) {
        if (run.is_over()) run.give_up();
        auto link = gyre::http::url::try_parse(text, base ? *base : page);
        if (link && prepare_link(*link) && seen.insert(link->href()).second) links.push_back(std::move(*link));
    }
    return links;
}
