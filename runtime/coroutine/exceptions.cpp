#include <cxxabi.h>
#include <gyre/runtime/coroutine/errors.hpp>
#include <gyre/runtime/coroutine/exceptions.hpp>

#include <cstdlib>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <typeinfo>

namespace gyre::detail {

bool is_cancelled(const std::exception_ptr& error) noexcept {
    if (!error) return false;
#ifdef __GLIBCXX__
    const std::type_info& thrown = *error.__cxa_exception_type();
    if (thrown == typeid(cancelled_error)) return true;
    // What a handler does to find out whether it is the one.
    void* object = const_cast<void*>(address_of(error));
    return typeid(cancelled_error).__do_catch(&thrown, &object, 1);
#else
    try {
        std::rethrow_exception(error);
    } catch (const cancelled_error&) {
        return true;
    } catch (...) {
        return false;
    }
#endif
}

const void* address_of(const std::exception_ptr& error) noexcept {
    // Every C++ library's exception_ptr is a pointer to the object.
    static_assert(sizeof error == sizeof(const void*));
    const void* address = nullptr;
    std::memcpy(&address, &error, sizeof address);
    return address;
}

std::string describe(const std::exception_ptr& error) {
    if (!error) return "no error";
    try {
        std::rethrow_exception(error);
    } catch (const std::exception& e) {
        return e.what();
    } catch (const cancelled_error& e) {
        return e.what();
    } catch (...) {
        const std::type_info* type = abi::__cxa_current_exception_type();
        return type == nullptr ? "an exception of unknown type" : "an exception of type " + readable_name(*type);
    }
}

void throw_null_error(const char* what) {
    throw std::invalid_argument(std::string("gyre: ") + what + " with a null exception_ptr; give it an error, or a value");
}

std::string readable_name(const std::type_info& type) {
    int status = 0;
    const std::unique_ptr<char, void (*)(void*)> readable(abi::__cxa_demangle(type.name(), nullptr, nullptr, &status), std::free);
    return readable ? readable.get() : type.name();
}

std::string_view function_name(const std::source_location& where) noexcept {
    std::string_view name = where.function_name();
    // The return type ends at the last space outside brackets before the parameter list.
    std::size_t start = 0;
    int depth = 0;
    for (std::size_t i = 0; i < name.size(); ++i) {
        const char c = name[i];
        if (c == '<') ++depth;
        if (c == '>') --depth;
        if (depth == 0 && c == '(') break;
        if (depth == 0 && c == ' ') start = i + 1;
    }
    return name.substr(start);
}

}  // namespace gyre::detail
