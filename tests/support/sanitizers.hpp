// Which sanitizer this program is built with: for what a test cannot ask of a program that runs under it.
#pragma once

namespace gyre::test {

#if defined(__has_feature)
#define GYRE_TEST_HAS_FEATURE(name) __has_feature(name)
#else
#define GYRE_TEST_HAS_FEATURE(name) 0
#endif

// It keeps freed memory for a while, so that the size of the process says nothing.
#if defined(__SANITIZE_ADDRESS__) || GYRE_TEST_HAS_FEATURE(address_sanitizer)
inline constexpr bool under_address_sanitizer = true;
#else
inline constexpr bool under_address_sanitizer = false;
#endif

// It puts a signal handler off until the next system call that it knows of, and does not know the ring's.
#if defined(__SANITIZE_THREAD__) || GYRE_TEST_HAS_FEATURE(thread_sanitizer)
inline constexpr bool under_thread_sanitizer = true;
#else
inline constexpr bool under_thread_sanitizer = false;
#endif

#undef GYRE_TEST_HAS_FEATURE

}  // namespace gyre::test
