#pragma once

#include <gyre/http/message/chunk_extensions.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace gyre::http::detail {

// Strict llhttp, put to the one job that the head guard leaves to it: chunk sizes, and where chunks end.
//
// llhttp reads chunks only after a head that says so. It never sees the real head (the guard has judged that); it has
// read a fixed one, once a process, and every framer starts as a copy of the parser behind that head. It is stopped at
// the last chunk, because Debian's 8.1.0 takes folded lines and bare line feeds in trailers: those are ours again.
// Nor does it see chunk extensions: chunk_extensions says why.
class chunk_framer {
public:
    struct result {
        std::string_view data;  // chunk data found, or empty
        std::size_t consumed;
        bool last_chunk;  // the line of the last chunk has been read, the trailer section follows
    };

    // Makes it ready for the first chunk line.
    void start();

    // Reads until the next run of data, the end of the last chunk's line, or the end of the input.
    // Throws: message_error of kind bad_chunk.
    result read(std::string_view input);

private:
    // An llhttp_t, which this header must not need: 8.1.0 takes 104 bytes, 9.x as many.
    static constexpr std::size_t room = 144;
    alignas(std::max_align_t) std::byte parser_[room];
    enum class place : std::uint8_t { size, extensions, rest };

    result run(std::string_view input);

    chunk_extensions extensions_;
    place place_ = place::size;
    bool paused_ = false;
};

}  // namespace gyre::http::detail
