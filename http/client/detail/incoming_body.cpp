#include <gyre/http/client/detail/incoming_body.hpp>

#include <algorithm>

namespace gyre::http::detail {

void incoming_body::begin(const body_framing& framing) {
    received_ = 0;
    left_ = UINT64_MAX;
    switch (framing.kind) {
        case body_kind::none:
            kind_ = kind::counted;
            left_ = 0;
            break;
        case body_kind::content_length:
            kind_ = kind::counted;
            left_ = framing.length;
            break;
        case body_kind::chunked:
            kind_ = kind::chunked;
            if (decoder_)
                *decoder_ = body_decoder(framing);
            else
                decoder_ = std::make_unique<body_decoder>(framing);
            break;
        case body_kind::until_eof:
        case body_kind::tunnel:
            kind_ = kind::until_eof;
            break;
    }
}

std::size_t incoming_body::count(std::size_t n) noexcept {
    if (kind_ == kind::counted) {
        n = static_cast<std::size_t>(std::min<std::uint64_t>(n, left_));
        left_ -= n;
    }
    received_ += n;
    return n;
}

bool incoming_body::take(receive_buffer& from, bytes& into, std::size_t most, bool last) {
    if (kind_ == kind::chunked) return decode(from, into, most);
    const std::string_view held = from.view();
    const std::size_t n = count(std::min(held.size(), most));
    into.append(held.data(), n);
    from.consume(n);
    return kind_ == kind::counted ? left_ == 0 : last && from.empty();
}

bool incoming_body::decode(receive_buffer& from, bytes& into, std::size_t most) {
    while (!from.empty() && into.size() < most) {
        const body_decoder::step step = decoder_->decode(from.view());
        into.append(step.body.data(), step.body.size());
        received_ += step.body.size();
        from.consume(step.consumed);
        if (step.done) return true;
    }
    return false;
}

std::string incoming_body::missing() const {
    if (kind_ == kind::counted)
        return std::to_string(left_) + " bytes of the body are missing, " + std::to_string(received_) + " have come";
    if (kind_ == kind::chunked) return std::to_string(received_) + " bytes of the body have come, its last chunk has not";
    return {};
}

}  // namespace gyre::http::detail
