#pragma once

#include <gyre/http/server/handler.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gyre::http::detail {

// A name in a pattern and what stands in its place, percent-decoded.
struct path_parameter {
    std::string_view name;
    std::string value;
};

// Finds the handler for a method and a path. Patterns are taken apart at their slashes; a segment is plain text, "{name}"
// for exactly one segment that is not empty, or, at the end, "{name...}" for all the rest, which may be empty. Where several
// patterns fit, text beats a parameter and a parameter the rest, from the left.
class router {
public:
    router();
    router(router&&) noexcept;
    router& operator=(router&&) noexcept;
    ~router();

    // Throws: std::invalid_argument when the method is no token, the pattern is malformed, or the pair is taken.
    void add(std::string_view method, std::string_view pattern, handler to);

    struct match {
        const handler* found = nullptr;  // stays where it is as long as the router
        std::string_view pattern;        // empty when no pattern fits the path
        std::string allow;               // the methods there are, when the path fits and the method does not
    };
    // `path` as it came, without the query. HEAD finds what GET does. `parameters` is filled when a pattern has some.
    match find(std::string_view method, std::string_view path, std::vector<path_parameter>& parameters) const;

    // Whether any route has this method, or it is one that everybody knows.
    bool knows(std::string_view method) const noexcept;

private:
    struct endpoint;
    struct node;
    const endpoint* find_from(const node& at, std::string_view rest, std::vector<std::string_view>& taken) const;

    std::unique_ptr<node> root_;
    std::vector<std::string> methods_;
};

}  // namespace gyre::http::detail
