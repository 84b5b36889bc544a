#include <gyre/runtime/coroutine/exception_group.hpp>
#include <gyre/runtime/coroutine/exceptions.hpp>

#include <algorithm>
#include <stdexcept>

namespace gyre {

exception_group::exception_group(std::string message, std::vector<std::exception_ptr> errors)
    : exception_group(std::move(message), std::move(errors), {}) {}

exception_group::exception_group(std::string message, std::vector<std::exception_ptr> errors, std::vector<std::string> names)
    : message_(std::move(message)), errors_(std::move(errors)), names_(std::move(names)) {
    if (errors_.empty())
        throw std::invalid_argument("gyre: an exception_group of no errors ('" + message_ + "'); throw one only when something has failed");
    if (std::find(errors_.begin(), errors_.end(), nullptr) != errors_.end())
        throw std::invalid_argument("gyre: a null exception_ptr in an exception_group ('" + message_ + "'); leave out what has not failed");
    names_.resize(errors_.size());
    what_ = message_;
    list_leaves(what_, "  ");
}

void exception_group::list_leaves(std::string& into, const std::string& indent) const {
    for (std::size_t i = 0; i < errors_.size(); ++i) {
        into += "\n" + indent;
        if (!names_[i].empty()) into += names_[i] + ": ";
        if (const std::optional<exception_group> nested = as_group(errors_[i])) {
            into += nested->message_;
            nested->list_leaves(into, indent + "  ");
        } else {
            into += detail::describe(errors_[i]);
        }
    }
}

std::optional<exception_group> exception_group::as_group(const std::exception_ptr& error) noexcept {
    try {
        std::rethrow_exception(error);
    } catch (const exception_group& group) {
        return group;
    } catch (...) {
        return std::nullopt;
    }
}

std::pair<std::optional<exception_group>, std::optional<exception_group>> exception_group::split_by(predicate matches) const {
    struct side {
        std::vector<std::exception_ptr> errors;
        std::vector<std::string> names;
        void add(std::exception_ptr error, const std::string& name) {
            errors.push_back(std::move(error));
            names.push_back(name);
        }
        std::optional<exception_group> group(const std::string& message) && {
            if (errors.empty()) return std::nullopt;
            return exception_group(message, std::move(errors), std::move(names));
        }
    };
    side matching;
    side rest;
    for (std::size_t i = 0; i < errors_.size(); ++i) {
        if (const std::optional<exception_group> nested = as_group(errors_[i])) {
            auto parts = nested->split_by(matches);
            if (parts.first) matching.add(std::make_exception_ptr(std::move(*parts.first)), names_[i]);
            if (parts.second) rest.add(std::make_exception_ptr(std::move(*parts.second)), names_[i]);
        } else {
            (matches(errors_[i]) ? matching : rest).add(errors_[i], names_[i]);
        }
    }
    return {std::move(matching).group(message_), std::move(rest).group(message_)};
}

}  // namespace gyre
