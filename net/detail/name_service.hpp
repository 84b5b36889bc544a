#pragma once
#include <gyre/net/address.hpp>
#include <gyre/net/error.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace gyre::net::detail {

// What came of a question for a name.
struct name_answer {
    name_answer() {}
    name_answer(errc cause, std::string words) : failed(true), why(cause), detail(std::move(words)) {}

    std::vector<address> addresses;  // ports 0; not empty unless it failed
    bool failed = false;
    errc why{};
    std::string detail;  // in the words of who was asked
    std::chrono::seconds ttl{0};
};

// Who is asked for names that no file and no cache knows: c-ares.
class name_service {
public:
    class request {
    public:
        // Only wakes somebody.
        virtual void answered(name_answer answer) noexcept = 0;

    protected:
        ~request() = default;
    };

    virtual ~name_service() = default;
    // Calls answered() once, perhaps inside this call. `who` stays until then.
    virtual void ask(const std::string& host, family wanted, request& who) noexcept = 0;
};

}  // namespace gyre::net::detail
