#include "crawl_log.hpp"

#include <gyre/fs/fs.hpp>

#include <charconv>
#include <optional>
#include <stdexcept>
#include <unordered_map>

namespace {

// Reads a line that log_line() has written: the values of an object as text, a list's texts one after the other. No more of JSON than
// that.
class line_reader {
public:
    explicit line_reader(std::string_view line) : rest_(line) {}

    // {"name":value,...}. Throws: std::invalid_argument.
    std::unordered_map<std::string, std::vector<std::string>> object() {
        std::unordered_map<std::string, std::vector<std::string>> members;
        expect('{');
        do {
            const std::string name = text();
            expect(':');
            members[name] = value();
        } while (take(','));
        expect('}');
        if (!rest_.empty()) fail();
        return members;
    }

private:
    std::vector<std::string> value() {
        std::vector<std::string> values;
        if (take('[')) {
            if (take(']')) return values;
            do values.push_back(text());
            while (take(','));
            expect(']');
        } else if (rest_.starts_with('"')) {
            values.push_back(text());
        } else {
            const std::size_t end = rest_.find_first_of(",}");
            if (end == 0 || end == std::string_view::npos) fail();
            values.emplace_back(rest_.substr(0, end));
            rest_.remove_prefix(end);
        }
        return values;
    }
    std::string text() {
        expect('"');
        std::string result;
        while (true) {
            const char c = next();
            if (c == '"') return result;
            result += c == '\\' ? escaped() : c;
        }
    }
    // URLs hold no character that is written with \u.
    char escaped() {
        const char c = next();
        if (c != 'u') return c;
        for (int i = 0; i < 4; ++i) next();
        return '?';
    }
    char next() {
        if (rest_.empty()) fail();
        const char c = rest_.front();
        rest_.remove_prefix(1);
        return c;
    }
    bool take(char c) {
        if (!rest_.starts_with(c)) return false;
        rest_.remove_prefix(1);
        return true;
    }
    void expect(char c) {
        if (!take(c)) fail();
    }
    [[noreturn]] static void fail() { throw std::invalid_argument("not a line of a crawl"); }

    std::string_view rest_;
};

struct earlier_visit {
    int status = 0;
    std::vector<std::string> links;
};

}  // namespace

std::string log_line(const example::visit& v, const std::string& type, const std::vector<std::string_view>& links) {
    auto json = example::to_json(v);
    return json.text("type", type).texts("links", links).line();
}

gyre::task<std::size_t> read_log(const std::string& path, site& known) {
    const std::string log = co_await gyre::fs::read_file(path);
    std::unordered_map<std::string, earlier_visit> visits;  // of a URL that was tried twice, the last one counts
    std::size_t whole = 0;
    std::size_t number = 0;
    for (std::size_t end = log.find('\n'); end != std::string::npos; end = log.find('\n', whole)) {
        ++number;
        try {
            auto members = line_reader(std::string_view(log).substr(whole, end - whole)).object();
            earlier_visit visit;
            const std::string& status = members.at("status").at(0);
            std::from_chars(status.data(), status.data() + status.size(), visit.status);
            visit.links = std::move(members.at("links"));
            const bool came = members.at("error").at(0) == "null";
            if (came) visits[members.at("url").at(0)] = std::move(visit);
        } catch (const std::logic_error&) {
            throw std::runtime_error(path + ":" + std::to_string(number) +
                                     ": not a line that a crawl has written; with --overwrite instead of --resume a new crawl is begun");
        }
        whole = end + 1;
    }
    for (auto& [url, visit] : visits) known.visited_before(url, visit.status, visit.links);
    co_return whole;
}
