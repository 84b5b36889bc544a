// Arbitrary bytes as a chunked body: the same result whole and in pieces, and the result of a plain, slow reading of
// RFC 9112 section 7.1 wherever that accepts.
#include <gyre/http/message/body_decoder.hpp>
#include <gyre/http/message/chunk_writer.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

namespace {

using namespace gyre::http;

void require(bool condition) {
    if (!condition) std::abort();
}

struct outcome {
    std::string body;
    std::size_t used = 0;
    int verdict = 0;  // 0 more, 1 done, 2 refused
    std::string trailers;
    bool operator==(const outcome&) const = default;
};

outcome decode(std::string_view bytes, std::size_t step) {
    outcome out;
    body_decoder decoder({body_kind::chunked, 0});
    std::size_t have = 0;
    try {
        while (!decoder.done()) {
            const auto result = decoder.decode(bytes.substr(out.used, have - out.used));
            require(result.consumed <= have - out.used && result.body.size() <= result.consumed);
            require(result.done || !result.body.empty() || result.consumed == have - out.used);
            out.body += result.body;
            out.used += result.consumed;
            if (!result.done && result.body.empty()) {
                if (have == bytes.size()) return out;
                have = std::min(have + step, bytes.size());
            }
        }
    } catch (const message_error&) {
        out.verdict = 2;
        out.used = 0;
        out.body.clear();
        return out;
    }
    out.verdict = 1;
    for (const auto [name, value] : decoder.trailers()) out.trailers.append(name).append("=").append(value).append(";");
    return out;
}

/// The grammar, without limits, up to the last chunk: the data and where the trailer section begins.
std::optional<std::pair<std::string, std::size_t>> plain_reading(std::string_view bytes) {
    std::string body;
    std::size_t i = 0;
    for (;;) {
        std::uint64_t size = 0;
        const std::size_t digits = i;
        for (; i < bytes.size(); ++i) {
            const char c = bytes[i];
            unsigned digit = 0;
            if (c >= '0' && c <= '9') {
                digit = static_cast<unsigned>(c - '0');
            } else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f') {
                digit = static_cast<unsigned>((c | 0x20) - 'a') + 10;
            } else {
                break;
            }
            if (size >> 60 != 0) return std::nullopt;
            size = size * 16 + digit;
        }
        if (i == digits) return std::nullopt;
        if (i < bytes.size() && bytes[i] == ';') {
            while (i < bytes.size() && bytes[i] != '\r' && bytes[i] != '\n') ++i;
        }
        if (!bytes.substr(i).starts_with("\r\n")) return std::nullopt;
        i += 2;
        if (size == 0) return std::pair(body, i);
        if (bytes.size() - i < size) return std::nullopt;
        body.append(bytes.substr(i, size));
        i += size;
        if (!bytes.substr(i).starts_with("\r\n")) return std::nullopt;
        i += 2;
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const outcome whole = decode(text, size + 1);
    require(decode(text, 1) == whole);
    require(decode(text, 5) == whole);
    if (whole.verdict == 1) {
        const auto expected = plain_reading(text);
        require(expected.has_value() && expected->first == whole.body && expected->second < whole.used);
    }

    // What is written is read again.
    std::string wire;
    std::string_view rest = text;
    for (std::size_t n = 1; !rest.empty(); n = n * 2 + 1) {
        append_chunk(wire, rest.substr(0, n));
        rest.remove_prefix(std::min(n, rest.size()));
    }
    wire += last_chunk;
    const outcome again = decode(wire, 64);
    require(again.verdict == 1 && again.body == text && again.used == wire.size());
    return 0;
}
