#pragma once
#include "json.hpp"

#include <cstdint>
#include <string>

namespace example {

// What became of one URL.
struct visit {
    visit() {}

    std::string url;
    int status = 0;           // 0: no response
    std::uint64_t bytes = 0;  // of the body
    double seconds = 0;       // until the end of the body, or the error
    std::string error;        // a word to count by: "timeout", "refused"; empty when the body came whole
    std::string message;      // the error in full

    bool came() const { return error.empty(); }
};

inline json_object to_json(const visit& v) {
    json_object json;
    json.text("url", v.url);
    v.status != 0 ? json.number("status", static_cast<std::uint64_t>(v.status)) : json.null("status");
    json.number("bytes", v.bytes).number("seconds", v.seconds).text("error", v.error).text("message", v.message);
    return json;
}

}  // namespace example
