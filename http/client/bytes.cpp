#include <gyre/http/client/bytes.hpp>
#include <gyre/http/client/detail/block_cache.hpp>

namespace gyre::http {

void bytes::grow(std::size_t capacity) {
    const detail::block larger = detail::allocate_block(capacity);
    if (size_ != 0) std::memcpy(larger.data, data_, size_);
    free_memory();
    data_ = larger.data;
    capacity_ = larger.size;
}

void bytes::free_memory() noexcept {
    if (data_ != nullptr) detail::free_block(data_, capacity_);
}

}  // namespace gyre::http
