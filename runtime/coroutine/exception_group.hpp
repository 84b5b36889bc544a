#pragma once
#include <exception>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace gyre {

// Several errors at once, of which none is lost; what a task_group throws. Groups nest.
// Thread: any.
class exception_group : public std::exception {
public:
    // Throws: std::invalid_argument without any error, or for a null one.
    exception_group(std::string message, std::vector<std::exception_ptr> errors);
    // With the name of the task that each error comes from, for what().
    exception_group(std::string message, std::vector<std::exception_ptr> errors, std::vector<std::string> names);

    // The message and every leaf, a line each.
    const char* what() const noexcept override { return what_.c_str(); }
    const std::string& message() const noexcept { return message_; }
    // Direct members; a nested group is one member.
    const std::vector<std::exception_ptr>& exceptions() const noexcept { return errors_; }

    // Calls fn(const E&) for every leaf that is an E, nested ones too. Returns: how many there were. Throws: what fn throws.
    template <class E, class Fn>
    std::size_t for_each(Fn fn) const {
        std::size_t found = 0;
        for (const std::exception_ptr& error : errors_) {
            if (const std::optional<exception_group> nested = as_group(error)) {
                found += nested->template for_each<E>(fn);
                continue;
            }
            try {
                std::rethrow_exception(error);
            } catch (const E& e) {
                ++found;
                fn(e);
            } catch (...) {
            }
        }
        return found;
    }

    // The leaves that are an E, and the rest, each with the nesting kept; nullopt for an empty side. Throws: std::bad_alloc.
    template <class E>
    std::pair<std::optional<exception_group>, std::optional<exception_group>> split() const {
        return split_by([](const std::exception_ptr& error) {
            try {
                std::rethrow_exception(error);
            } catch (const E&) {
                return true;
            } catch (...) {
                return false;
            }
        });
    }

private:
    using predicate = bool (*)(const std::exception_ptr&);

    static std::optional<exception_group> as_group(const std::exception_ptr& error) noexcept;
    std::pair<std::optional<exception_group>, std::optional<exception_group>> split_by(predicate matches) const;
    void list_leaves(std::string& into, const std::string& indent) const;

    std::string message_;
    std::vector<std::exception_ptr> errors_;
    std::vector<std::string> names_;
    std::string what_;
};

}  // namespace gyre
