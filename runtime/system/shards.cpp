#include <gyre/runtime/system/shards.hpp>

namespace gyre {

shards::shards(std::size_t count, loop_options options) : set_(std::make_shared<detail::shard_set>(count, options)) {}
shards::~shards() { set_->stop(); }

std::size_t shards::size() const noexcept { return set_->size(); }
std::size_t shards::current() noexcept { return detail::shard_set::current_shard(); }
event_loop& shards::loop(std::size_t shard) const { return set_->loop(shard); }

}  // namespace gyre
