#include "links.hpp"

#include <gumbo.h>

#include <cstddef>
#include <memory_resource>
#include <optional>
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

}  // namespace

bool can_be_crawled(const gyre::http::url& link) { return link.scheme() == "http" || link.scheme() == "https"; }

bool prepare_link(gyre::http::url& link) {
    if (!can_be_crawled(link)) return false;
    link.clear_fragment();
    link.clear_credentials();
    return true;
}

std::vector<gyre::http::url> links_of(std::string_view html, const gyre::http::url& page) {
    // The tree lives in one arena, which goes away as a whole; gumbo_destroy_output() would recurse through it.
    std::pmr::monotonic_buffer_resource arena(64 * 1024 + html.size() * 2);
    GumboOptions options = kGumboDefaultOptions;
    options.allocator = [](void* from, std::size_t size) { return static_cast<std::pmr::memory_resource*>(from)->allocate(size); };
    options.deallocator = [](void*, void*) {};
    options.userdata = static_cast<std::pmr::memory_resource*>(&arena);
    options.max_errors = 0;
    const GumboOutput* tree = gumbo_parse_with_options(&options, html.data(), html.size());
    const raw_links found = find_links(tree->root);

    std::optional<gyre::http::url> base;
    if (found.base != nullptr) base = gyre::http::url::try_parse(found.base, page);
    std::vector<gyre::http::url> links;
    std::unordered_set<std::string> seen;
    for (const char* text : found.links) {
        auto link = gyre::http::url::try_parse(text, base ? *base : page);
        if (link && prepare_link(*link) && seen.insert(link->href()).second) links.push_back(std::move(*link));
    }
    return links;
}
