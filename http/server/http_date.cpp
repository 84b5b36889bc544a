#include <gyre/http/server/http_date.hpp>

#include <gyre/http/headers/field_syntax.hpp>

#include <array>

namespace gyre::http {
namespace {

using std::chrono::sys_days;
using std::chrono::sys_seconds;
using time_point = std::chrono::system_clock::time_point;

constexpr std::array<std::string_view, 7> days = {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};
constexpr std::array<std::string_view, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

void put_digits(char* to, unsigned value, unsigned count) {
    for (; count != 0; value /= 10) to[--count] = static_cast<char>('0' + value % 10);
}

// Takes a text apart from its front; once something did not fit, `good` is false.
class reader {
public:
    explicit reader(std::string_view text) : rest_(text) {}

    bool good() const { return good_; }
    bool at_end() const { return rest_.empty(); }

    void literal(std::string_view expected) {
        good_ = good_ && equals_ignoring_case(rest_.substr(0, expected.size()), expected);
        if (good_) rest_.remove_prefix(expected.size());
    }
    // One of `names`, of whose text only `length` bytes stand there (0: all).
    template <std::size_t Count>
    unsigned name(const std::array<std::string_view, Count>& names, std::size_t length) {
        for (unsigned i = 0; good_ && i < Count; ++i) {
            const std::string_view wanted = length == 0 ? names[i] : names[i].substr(0, length);
            if (!equals_ignoring_case(rest_.substr(0, wanted.size()), wanted)) continue;
            rest_.remove_prefix(wanted.size());
            return i;
        }
        good_ = false;
        return 0;
    }
    int number(std::size_t digits, bool space_for_zero = false) {
        int value = 0;
        good_ = good_ && rest_.size() >= digits;
        for (std::size_t i = 0; good_ && i < digits; ++i) {
            const char c = space_for_zero && i == 0 && rest_[0] == ' ' ? '0' : rest_[i];
            good_ = c >= '0' && c <= '9';
            value = value * 10 + (c - '0');
        }
        if (good_) rest_.remove_prefix(digits);
        return value;
    }
    std::chrono::seconds time_of_day() {
        const int hours = number(2);
        literal(":");
        const int minutes = number(2);
        literal(":");
        const int seconds = number(2);
        good_ = good_ && hours < 24 && minutes < 60 && seconds <= 60;  // 60 is a leap second
        return std::chrono::hours(hours) + std::chrono::minutes(minutes) + std::chrono::seconds(seconds);
    }

private:
    std::string_view rest_;
    bool good_ = true;
};

std::optional<time_point> made_of(const reader& from, int year, unsigned month, int day, std::chrono::seconds time) {
    const std::chrono::year_month_day date(std::chrono::year(year), std::chrono::month(month + 1),
                                           std::chrono::day(static_cast<unsigned>(day)));
    if (!from.good() || !from.at_end() || !date.ok() || year < 1601) return std::nullopt;
    return time_point(sys_days(date) + time);
}

// "Sun, 06 Nov 1994 08:49:37 GMT"
std::optional<time_point> parse_fixdate(std::string_view text) {
    reader in(text);
    in.name(days, 3);
    in.literal(", ");
    const int day = in.number(2);
    in.literal(" ");
    const unsigned month = in.name(months, 0);
    in.literal(" ");
    const int year = in.number(4);
    in.literal(" ");
    const auto time = in.time_of_day();
    in.literal(" GMT");
    return made_of(in, year, month, day, time);
}

// "Sunday, 06-Nov-94 08:49:37 GMT"
std::optional<time_point> parse_rfc850(std::string_view text) {
    reader in(text);
    in.name(days, 0);
    in.literal(", ");
    const int day = in.number(2);
    in.literal("-");
    const unsigned month = in.name(months, 0);
    in.literal("-");
    int year = in.number(2);
    in.literal(" ");
    const auto time = in.time_of_day();
    in.literal(" GMT");
    const std::chrono::year_month_day today(std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now()));
    const int this_year = static_cast<int>(today.year());
    year += this_year - this_year % 100;
    if (year > this_year + 50) year -= 100;
    return made_of(in, year, month, day, time);
}

// "Sun Nov  6 08:49:37 1994"
std::optional<time_point> parse_asctime(std::string_view text) {
    reader in(text);
    in.name(days, 3);
    in.literal(" ");
    const unsigned month = in.name(months, 0);
    in.literal(" ");
    const int day = in.number(2, true);
    in.literal(" ");
    const auto time = in.time_of_day();
    in.literal(" ");
    const int year = in.number(4);
    return made_of(in, year, month, day, time);
}

}  // namespace

std::string http_date(time_point when) {
    const sys_seconds second = std::chrono::floor<std::chrono::seconds>(when);
    const sys_days day = std::chrono::floor<std::chrono::days>(second);
    const std::chrono::year_month_day date(day);
    const auto time = static_cast<unsigned>((second - day).count());
    std::string text = "DDD, dd MMM yyyy hh:mm:ss GMT";
    days[std::chrono::weekday(day).c_encoding()].copy(&text[0], 3);
    put_digits(&text[5], static_cast<unsigned>(date.day()), 2);
    months[static_cast<unsigned>(date.month()) - 1].copy(&text[8], 3);
    put_digits(&text[12], static_cast<unsigned>(static_cast<int>(date.year())), 4);
    put_digits(&text[17], time / 3600, 2);
    put_digits(&text[20], time / 60 % 60, 2);
    put_digits(&text[23], time % 60, 2);
    return text;
}

std::optional<time_point> parse_http_date(std::string_view text) {
    if (text.size() < 4) return std::nullopt;
    if (text[3] == ',') return parse_fixdate(text);
    if (text[3] == ' ') return parse_asctime(text);
    return parse_rfc850(text);
}

}  // namespace gyre::http
