// Which sanitizer this program is built with: for what a test cannot ask of a program that runs under it.
#pragma once

#if defined(__has_feature)
#define GYRE_TEST_HAS_FEATURE(name) __has_feature(name)
#else
#define GYRE_TEST_HAS_FEATURE(name) 0
#endif

#if defined(__SANITIZE_ADDRESS__) || GYRE_TEST_HAS_FEATURE(address_sanitizer)
#define GYRE_TEST_UNDER_ASAN 1
#else
#define GYRE_TEST_UNDER_ASAN 0
#endif

#if defined(__SANITIZE_THREAD__) || GYRE_TEST_HAS_FEATURE(thread_sanitizer)
#define GYRE_TEST_UNDER_TSAN 1
#else
#define GYRE_TEST_UNDER_TSAN 0
#endif

namespace gyre::test {

// It keeps freed memory for a while, so that the size of the process says nothing.
inline constexpr bool under_address_sanitizer = GYRE_TEST_UNDER_ASAN;
// It puts a signal handler off until the next system call that it knows of, and does not know the ring's.
inline constexpr bool under_thread_sanitizer = GYRE_TEST_UNDER_TSAN;

}  // namespace gyre::test
