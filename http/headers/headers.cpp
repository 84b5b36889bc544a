#include <gyre/http/headers/headers.hpp>

#include <gyre/http/headers/field_syntax.hpp>
#include <gyre/http/headers/token_list.hpp>

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

namespace gyre::http {

std::uint16_t detail::name_hash(std::string_view name) noexcept {
    // First, middle and last letter tell nearly all common names of one length apart; the case bit is masked out.
    if (name.empty()) return 0;
    const auto at = [&](std::size_t i) { return static_cast<unsigned>(static_cast<unsigned char>(name[i])) & 0xDFu; };
    return static_cast<std::uint16_t>(at(0) ^ (at(name.size() / 2) << 4) ^ (at(name.size() - 1) << 8));
}

namespace {

void check(std::string_view name, std::string_view value) {
    if (name.empty()) throw header_error("header name is empty; give it a name such as \"Accept\"");
    if (name.size() > std::numeric_limits<std::uint16_t>::max()) {
        throw header_error("header name of " + std::to_string(name.size()) + " bytes is too long; names may have 65535 bytes");
    }
    for (std::size_t i = 0; i < name.size(); ++i) {
        if (detail::is_class(name[i], detail::token_byte)) continue;
        throw header_error("header name " + detail::quoted(name) + " holds byte " + detail::byte_name(name[i]) + " at offset " +
                           std::to_string(i) + "; a name is made of letters, digits and !#$%&'*+-.^_`|~");
    }
    if (is_field_value(value)) return;
    std::size_t i = 0;
    while (detail::is_class(value[i], detail::value_byte)) ++i;
    throw header_error("value of header " + detail::quoted(name) + " holds byte " + detail::byte_name(value[i]) + " at offset " +
                       std::to_string(i) + " of " + std::to_string(value.size()) +
                       "; control characters would change the message, remove or encode them");
}

}  // namespace

headers::headers(std::initializer_list<header> list) {
    std::size_t bytes = 0;
    for (const header& h : list) bytes += h.name.size() + h.value.size();
    reserve(list.size(), bytes);
    for (const header& h : list) add(h.name, h.value);
}

headers::headers(const headers& other) : preamble_(other.preamble_) {
    if (other.count_ == 0 && other.preamble_ == 0) return;
    detail::headers_access::adopt(*this, {other.text(), other.text_size_}, other.preamble_, other.fields(), other.count_);
}

headers::headers(headers&& other) noexcept
    : block_(std::move(other.block_)),
      count_(std::exchange(other.count_, 0)),
      field_capacity_(std::exchange(other.field_capacity_, 0)),
      text_size_(std::exchange(other.text_size_, 0)),
      text_capacity_(std::exchange(other.text_capacity_, 0)),
      preamble_(std::exchange(other.preamble_, 0)) {}

headers& headers::operator=(const headers& other) {
    if (this == &other) return *this;
    if (other.count_ == 0 && other.preamble_ == 0) {
        preamble_ = 0;
        clear();
    } else {
        detail::headers_access::adopt(*this, {other.text(), other.text_size_}, other.preamble_, other.fields(), other.count_);
    }
    return *this;
}

headers& headers::operator=(headers&& other) noexcept {
    if (this == &other) return *this;
    block_ = std::move(other.block_);
    count_ = std::exchange(other.count_, 0);
    field_capacity_ = std::exchange(other.field_capacity_, 0);
    text_size_ = std::exchange(other.text_size_, 0);
    text_capacity_ = std::exchange(other.text_capacity_, 0);
    preamble_ = std::exchange(other.preamble_, 0);
    return *this;
}

std::uint32_t headers::find(std::string_view name, std::uint32_t from) const noexcept {
    const std::uint16_t hash = detail::name_hash(name);
    const detail::field_position* const all = fields();
    for (std::uint32_t i = from; i < count_; ++i) {
        if (all[i].hash == hash && all[i].name_size == name.size() && equals_ignoring_case(name_of(all[i]), name)) return i;
    }
    return count_;
}

std::optional<std::string_view> headers::get(std::string_view name) const noexcept {
    const std::uint32_t i = find(name, 0);
    if (i == count_) return std::nullopt;
    return value_of(fields()[i]);
}

std::string_view headers::get_or(std::string_view name, std::string_view otherwise) const noexcept {
    const std::uint32_t i = find(name, 0);
    return i == count_ ? otherwise : value_of(fields()[i]);
}

std::string headers::combined(std::string_view name) const {
    std::string out;
    bool first = true;
    for (const std::string_view value : get_all(name)) {
        if (!first) out += ", ";
        first = false;
        out += value;
    }
    return out;
}

bool headers::has_token(std::string_view name, std::string_view token) const noexcept {
    for (const std::string_view value : get_all(name)) {
        if (token_list(value).contains(token)) return true;
    }
    return false;
}

header headers::operator[](std::size_t index) const noexcept {
    const detail::field_position& f = fields()[index];
    return {name_of(f), value_of(f)};
}

void headers::add(std::string_view name, std::string_view value) {
    value = trim_whitespace(value);
    check(name, value);
    append(name, value);
}

void headers::set(std::string_view name, std::string_view value) {
    const std::uint32_t at = find(name, 0);
    if (at == count_) return add(name, value);
    add(name, value);
    // The new one takes the first one's place, then the others of its name go.
    detail::field_position* const all = fields();
    all[at] = all[--count_];
    std::uint32_t kept = at + 1;
    for (std::uint32_t i = at + 1; i < count_; ++i) {
        if (!equals_ignoring_case(name_of(all[i]), name_of(all[at]))) all[kept++] = all[i];
    }
    count_ = kept;
}

std::size_t headers::remove(std::string_view name) noexcept {
    const std::uint32_t first = find(name, 0);
    if (first == count_) return 0;
    detail::field_position* const all = fields();
    std::uint32_t kept = first;
    for (std::uint32_t i = first; i < count_; ++i) {
        if (!equals_ignoring_case(name_of(all[i]), name)) all[kept++] = all[i];
    }
    return std::exchange(count_, kept) - kept;
}

void headers::clear() noexcept {
    count_ = 0;
    text_size_ = preamble_;
}

void headers::reserve(std::size_t fields, std::size_t bytes) {
    if (fields > field_capacity_ || text_size_ + bytes > text_capacity_) grow(std::max<std::size_t>(fields, field_capacity_), bytes, false);
}

// Moves everything to a new block with room for `want_fields` and `more` bytes of text beyond what is live; what was
// removed or replaced is left behind. Slack in proportion to what is live keeps a series of add() or set() linear.
void headers::grow(std::size_t want_fields, std::size_t more, bool with_slack) {
    std::size_t live = preamble_;
    for (std::uint32_t i = 0; i < count_; ++i) live += fields()[i].name_size + std::size_t{fields()[i].value_size};
    const std::size_t bytes = live + more + (with_slack ? live + 256 : 0);
    if (bytes > std::numeric_limits<std::uint32_t>::max() / 4 || want_fields > std::numeric_limits<std::uint32_t>::max() / 64) {
        throw header_error("the headers would take more than 1 GiB; send bulk data in the body instead");
    }
    const std::size_t header_bytes = want_fields * sizeof(detail::field_position);
    std::unique_ptr<char[]> block(new char[header_bytes + bytes]);
    auto* const positions = reinterpret_cast<detail::field_position*>(block.get());
    char* const target = block.get() + header_bytes;
    std::size_t size = preamble_;
    if (preamble_ != 0) std::memcpy(target, text(), preamble_);
    for (std::uint32_t i = 0; i < count_; ++i) {
        detail::field_position f = fields()[i];
        std::memcpy(target + size, text() + f.name, f.name_size);
        f.name = static_cast<std::uint32_t>(size);
        size += f.name_size;
        std::memcpy(target + size, text() + f.value, f.value_size);
        f.value = static_cast<std::uint32_t>(size);
        size += f.value_size;
        positions[i] = f;
    }
    block_ = std::move(block);
    field_capacity_ = static_cast<std::uint32_t>(want_fields);
    text_size_ = static_cast<std::uint32_t>(size);
    text_capacity_ = static_cast<std::uint32_t>(bytes);
}

void headers::append(std::string_view name, std::string_view value) {
    const std::size_t bytes = name.size() + value.size();
    if (count_ == field_capacity_ || bytes > text_capacity_ - text_size_) {
        // The arguments may be views into this very object: copy them before the block goes.
        const std::string kept_name(name);
        const std::string kept_value(value);
        const std::size_t want = count_ < field_capacity_ ? field_capacity_ : std::max<std::size_t>(8, std::size_t{count_} * 2);
        grow(want, bytes, true);
        return append(kept_name, kept_value);
    }
    detail::field_position f{};
    f.hash = detail::name_hash(name);
    f.name = text_size_;
    f.name_size = static_cast<std::uint16_t>(name.size());
    f.value = text_size_ + f.name_size;
    f.value_size = static_cast<std::uint32_t>(value.size());
    std::memcpy(text() + f.name, name.data(), name.size());
    if (!value.empty()) std::memcpy(text() + f.value, value.data(), value.size());
    text_size_ += static_cast<std::uint32_t>(bytes);
    fields()[count_++] = f;
}

void detail::headers_access::adopt(headers& out, std::string_view head, std::uint32_t preamble, const field_position* fields,
                                   std::size_t count) {
    if (count > out.field_capacity_ || head.size() > out.text_capacity_) {
        // Room for a few more, so that the common "add one header" does not copy everything.
        const std::size_t want = count + 2;
        std::unique_ptr<char[]> block(new char[want * sizeof(detail::field_position) + head.size()]);
        out.block_ = std::move(block);
        out.field_capacity_ = static_cast<std::uint32_t>(want);
        out.text_capacity_ = static_cast<std::uint32_t>(head.size());
    }
    if (count != 0) std::memcpy(out.block_.get(), fields, count * sizeof(detail::field_position));
    if (!head.empty()) std::memcpy(out.text(), head.data(), head.size());
    out.count_ = static_cast<std::uint32_t>(count);
    out.text_size_ = static_cast<std::uint32_t>(head.size());
    out.preamble_ = preamble;
}

}  // namespace gyre::http
