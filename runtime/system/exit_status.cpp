#include <gyre/runtime/loop/signal_listener.hpp>
#include <gyre/runtime/system/exit_status.hpp>

namespace gyre {

std::string exit_status::to_string() const {
    switch (how_) {
        case how::exited:
            return "exited with code " + std::to_string(number_);
        case how::killed:
            return "was ended by " + detail::signal_name(number_);
        case how::dumped_core:
            return "was ended by " + detail::signal_name(number_) + " and dumped core";
        case how::unknown:
            break;
    }
    return "ended, its status was taken by other code of the program";
}

}  // namespace gyre
