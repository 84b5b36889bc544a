#pragma once
#include "options.hpp"

#include <gyre/runtime/runtime.hpp>
#include <gyre/runtime/sync/queue.hpp>

#include <string>

// A URL as it was given, not yet looked at.
struct given_url {
    given_url() {}

    std::string text;
    std::string where;    // "urls.txt:12", for the message when it is malformed
    std::string problem;  // why it cannot be looked at: the line is too long, and the text is only its beginning
};

// Puts all URLs of the command line, of files and of standard input into the queue, then shuts it down. In files, blank lines and lines
// that begin with '#' are left out, and so is a byte order mark. The queue is bounded, so a file of a billion URLs takes no more memory
// than one of a thousand; neither does a file that is one endless line.
gyre::task<> read_urls(const options& given, gyre::queue<given_url>& queue);
