#pragma once
#include <gyre/runtime/loop/loop_options.hpp>

#include <cstdlib>

// With VIRTUAL_TIME=1 in the environment a program of the tour does not wait: when all its tasks sleep, the clock jumps. The tests run
// them so. Without it, gyre::run(amain(), tour_options()) is gyre::run(amain()), as asyncio.run(amain()).
inline gyre::loop_options tour_options() {
    gyre::loop_options options;
    options.virtual_time = std::getenv("VIRTUAL_TIME") != nullptr;
    return options;
}
