#pragma once
#include <gyre/runtime/io/operation.hpp>

#include <cstddef>
#include <vector>

namespace gyre::detail {

// What a backend has in flight on each fd, so that a close need not search all that is in flight for what is on one socket: with
// 10,000 open connections the kernel takes half a millisecond for that search. Uses operation::backend_state.
class operations_by_fd {
public:
    void add(operation& op) {
        if (op.fd < 0) return;
        const auto at = static_cast<std::size_t>(op.fd);
        if (at >= fds_.size()) fds_.resize(at + at / 2 + 64);
        entry& e = fds_[at];
        if (!waits(op)) {
            ++e.others;
            return;
        }
        op.backend_state = e.first;
        e.first = &op;
    }
    void remove(operation& op) noexcept {
        if (op.fd < 0) return;
        entry& e = fds_[static_cast<std::size_t>(op.fd)];
        if (!waits(op)) {
            --e.others;
            return;
        }
        if (e.first == &op) {
            e.first = next(op);
            return;
        }
        operation* before = e.first;
        while (next(*before) != &op) before = next(*before);
        before->backend_state = op.backend_state;
    }

    // The operations on sockets and other fds that may wait for long: few on one fd.
    template <class Fn>
    void for_each_waiting(int fd, Fn fn) const {
        for (operation* op = at(fd).first; op != nullptr; op = next(*op)) fn(*op);
    }
    // Whether there are others, such as reads of a file.
    bool has_others(int fd) const noexcept { return at(fd).others != 0; }

private:
    struct entry {
        operation* first = nullptr;
        std::size_t others = 0;
    };

    static operation* next(const operation& op) noexcept { return static_cast<operation*>(op.backend_state); }
    static bool waits(const operation& op) noexcept {
        switch (op.code) {
            case opcode::poll:
            case opcode::accept:
            case opcode::connect:
            case opcode::recv:
            case opcode::send:
            case opcode::recvmsg:
            case opcode::sendmsg:
                return true;
            default:
                return false;
        }
    }
    entry at(int fd) const noexcept { return static_cast<std::size_t>(fd) < fds_.size() ? fds_[static_cast<std::size_t>(fd)] : entry(); }

    std::vector<entry> fds_;
};

}  // namespace gyre::detail
