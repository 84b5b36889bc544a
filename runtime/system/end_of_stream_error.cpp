#include <gyre/runtime/system/end_of_stream_error.hpp>

#include <utility>

namespace gyre {

end_of_stream_error::end_of_stream_error(const std::string& message, std::string partial)
    : std::runtime_error(message), partial_(std::make_shared<const std::string>(std::move(partial))) {}

}  // namespace gyre
