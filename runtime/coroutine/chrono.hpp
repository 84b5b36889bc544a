#pragma once
// std::chrono's durations, clocks and literals. libstdc++'s <chrono> brings calendars, time zones and their formatting besides, through
// <sstream>, and is a seventh of what a small program that includes gyre takes to compile; <bits/chrono.h> is the part of it that the
// standard's own headers (<mutex>, <thread>, <future>) use.
#if __has_include(<bits/chrono.h>)
#include <bits/chrono.h>
#else
#include <chrono>
#endif
