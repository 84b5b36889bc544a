#include <gyre/runtime/io/submit.hpp>

namespace gyre::detail {

std::string_view name_of(opcode code) noexcept {
    switch (code) {
        case opcode::nop:
            return "nop";
        case opcode::poll:
            return "poll";
        case opcode::accept:
            return "accept";
        case opcode::connect:
            return "connect";
        case opcode::recv:
            return "recv";
        case opcode::send:
            return "send";
        case opcode::recvmsg:
            return "recvmsg";
        case opcode::sendmsg:
            return "sendmsg";
        case opcode::shutdown:
            return "shutdown";
        case opcode::read:
            return "read";
        case opcode::write:
            return "write";
        case opcode::readv:
            return "readv";
        case opcode::writev:
            return "writev";
        case opcode::open:
            return "open";
        case opcode::close:
            return "close";
        case opcode::statx:
            return "statx";
        case opcode::fsync:
            return "fsync";
        case opcode::mkdir:
            return "mkdir";
        case opcode::unlink:
            return "unlink";
        case opcode::rename:
            return "rename";
        case opcode::fallocate:
            return "fallocate";
    }
    return "operation";
}

std::string describe_operation(const operation& op) {
    std::string text(name_of(op.code));
    if (op.fd >= 0) text += " on fd " + std::to_string(op.fd);
    return text;
}

}  // namespace gyre::detail
