#pragma once
#include <memory>
#include <stdexcept>
#include <string>

namespace gyre {

// A pipe ended before all that was asked for had come. asyncio's IncompleteReadError.
class end_of_stream_error : public std::runtime_error {
public:
    end_of_stream_error(const std::string& message, std::string partial);

    // What came before the end. Empty for a read into the caller's own buffer: it has its bytes there.
    const std::string& partial() const noexcept { return *partial_; }

private:
    std::shared_ptr<const std::string> partial_;  // copies cannot fail
};

}  // namespace gyre
