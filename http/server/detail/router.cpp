#include <gyre/http/server/detail/router.hpp>

#include <gyre/http/headers/field_syntax.hpp>
#include <gyre/http/url/percent_encoding.hpp>

#include <algorithm>
#include <stdexcept>

namespace gyre::http::detail {
namespace {

constexpr std::string_view well_known[] = {"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"};

[[noreturn]] void refuse(std::string_view pattern, const std::string& why) {
    throw std::invalid_argument("gyre: route pattern " + quoted(pattern) + ": " + why);
}

// The name in "{name}" or "{name...}"; empty for a plain segment.
std::string_view parameter_name(std::string_view segment, bool& rest) {
    rest = false;
    if (segment.size() < 2 || segment.front() != '{' || segment.back() != '}') return {};
    std::string_view name = segment.substr(1, segment.size() - 2);
    rest = name.ends_with("...");
    if (rest) name.remove_suffix(3);
    return name;
}

}  // namespace

// What stands at one pattern: a handler for each method.
struct router::endpoint {
    struct entry {
        std::string method;
        handler to;
    };
    std::string pattern;
    std::vector<std::string> names;  // of the parameters, in order
    std::vector<std::unique_ptr<entry>> entries;

    const handler* find(std::string_view method) const noexcept {
        for (const auto& e : entries) {
            if (e->method == method) return &e->to;
        }
        return method == "HEAD" ? find("GET") : nullptr;
    }
    std::string allowed() const {
        std::string list;
        for (const auto& e : entries) {
            if (!list.empty()) list += ", ";
            list += e->method;
            if (e->method == "GET" && find("HEAD") == &e->to) list += ", HEAD";
        }
        return list;
    }
};

struct router::node {
    struct child {
        std::string segment;
        std::unique_ptr<node> to;
    };
    std::vector<child> children;      // plain segments, sorted
    std::unique_ptr<node> parameter;  // "{name}"
    std::unique_ptr<endpoint> here;   // a pattern ends here
    std::unique_ptr<endpoint> rest;   // "{name...}" behind this

    const node* find(std::string_view segment) const noexcept {
        const auto at = std::lower_bound(children.begin(), children.end(), segment,
                                         [](const child& c, std::string_view wanted) { return std::string_view(c.segment) < wanted; });
        return at != children.end() && at->segment == segment ? at->to.get() : nullptr;
    }
    node& get(std::string_view segment) {
        const auto at = std::lower_bound(children.begin(), children.end(), segment,
                                         [](const child& c, std::string_view wanted) { return std::string_view(c.segment) < wanted; });
        if (at != children.end() && at->segment == segment) return *at->to;
        return *children.insert(at, child{std::string(segment), std::make_unique<node>()})->to;
    }
};

router::router() : root_(std::make_unique<node>()) {}
router::router(router&&) noexcept = default;
router& router::operator=(router&&) noexcept = default;
router::~router() = default;

void router::add(std::string_view method, std::string_view pattern, handler to) {
    if (!is_token(method)) throw std::invalid_argument("gyre: route method " + quoted(method) + " is no token; use one such as \"GET\"");
    if (!pattern.starts_with('/')) refuse(pattern, "it must begin with '/'");
    node* at = root_.get();
    bool takes_rest = false;
    std::vector<std::string> names;
    for (std::string_view left = pattern.substr(1);;) {
        const std::size_t slash = left.find('/');
        const std::string_view segment = left.substr(0, slash);
        const std::string_view name = parameter_name(segment, takes_rest);
        if (name.empty()) {
            if (segment.find_first_of("{}") != std::string_view::npos)
                refuse(pattern, "a parameter is a whole segment, \"{name}\" or, at the end, \"{name...}\"");
            at = &at->get(segment);
        } else {
            if (name.find_first_of("{}.") != std::string_view::npos) refuse(pattern, "a parameter's name has no dots or braces");
            if (std::find(names.begin(), names.end(), name) != names.end()) refuse(pattern, "two parameters have one name");
            if (takes_rest && slash != std::string_view::npos) refuse(pattern, "\"{name...}\" stands at the end only");
            names.emplace_back(name);
            if (!takes_rest) {
                if (!at->parameter) at->parameter = std::make_unique<node>();
                at = at->parameter.get();
            }
        }
        if (slash == std::string_view::npos) break;
        left.remove_prefix(slash + 1);
    }
    std::unique_ptr<endpoint>& end = takes_rest ? at->rest : at->here;
    if (!end) {
        end = std::make_unique<endpoint>();
        end->pattern = pattern;
        end->names = std::move(names);
    } else if (end->pattern != pattern) {
        refuse(pattern, "it fits the same paths as " + quoted(end->pattern) + "; use the same names in both");
    }
    for (const auto& e : end->entries) {
        if (e->method == method) refuse(pattern, "it has a handler for " + std::string(method) + " already");
    }
    end->entries.push_back(std::make_unique<endpoint::entry>(endpoint::entry{std::string(method), std::move(to)}));
    methods_.emplace_back(method);
}

bool router::knows(std::string_view method) const noexcept {
    return std::find(std::begin(well_known), std::end(well_known), method) != std::end(well_known) ||
           std::find(methods_.begin(), methods_.end(), method) != methods_.end();
}

// Every node is looked at once at most: only one sequence of segments leads to it.
const router::endpoint* router::find_from(const node& at, std::string_view rest, std::vector<std::string_view>& taken) const {
    const std::size_t slash = rest.find('/');
    const std::string_view segment = rest.substr(0, slash);
    const std::size_t mark = taken.size();

    const auto go_on = [&](const node& next) -> const endpoint* {
        if (slash == std::string_view::npos) return next.here.get();
        return find_from(next, rest.substr(slash + 1), taken);
    };
    const node* plain = at.find(segment);
    if (plain == nullptr && segment.find('%') != std::string_view::npos) plain = at.find(percent_decoded(segment));
    if (plain != nullptr) {
        if (const endpoint* found = go_on(*plain)) return found;
    }
    if (at.parameter && !segment.empty()) {
        taken.push_back(segment);
        if (const endpoint* found = go_on(*at.parameter)) return found;
        taken.resize(mark);
    }
    if (!at.rest) return nullptr;
    taken.push_back(rest);
    return at.rest.get();
}

router::match router::find(std::string_view method, std::string_view path, std::vector<path_parameter>& parameters) const {
    match result;
    if (!path.starts_with('/')) return result;
    std::vector<std::string_view> taken;
    const endpoint* const found = find_from(*root_, path.substr(1), taken);
    if (found == nullptr) return result;
    result.pattern = found->pattern;
    result.found = found->find(method);
    if (result.found == nullptr) {
        result.allow = found->allowed();
        return result;
    }
    parameters.clear();
    for (std::size_t i = 0; i < taken.size(); ++i) parameters.push_back(path_parameter{found->names[i], percent_decoded(taken[i])});
    return result;
}

}  // namespace gyre::http::detail
