#pragma once
// What tests of programs on gyre need; for any test framework.

#include <gyre/runtime/testing/backends.hpp>
#include <gyre/runtime/testing/cancel_at_every_await.hpp>
#include <gyre/runtime/testing/file_descriptors.hpp>
#include <gyre/runtime/testing/live_object.hpp>
#include <gyre/runtime/testing/run_test.hpp>
