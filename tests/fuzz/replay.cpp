// Runs a fuzzer's entry point over every file of a corpus, without libFuzzer: what it checks then holds for each of them.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int main(int argc, char** argv) {
    namespace fs = std::filesystem;
    int count = 0;
    try {
        // The empty input is in every corpus.
        const std::uint8_t nothing = 0;
        LLVMFuzzerTestOneInput(&nothing, 0);
        for (int i = 1; i < argc; ++i) {
            for (const auto& entry : fs::recursive_directory_iterator(argv[i])) {
                if (!entry.is_regular_file()) continue;
                std::ifstream file(entry.path(), std::ios::binary);
                const std::vector<char> bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
                // Named first: when the check aborts, this is the input to look at.
                std::printf("%s\n", entry.path().c_str());
                std::fflush(stdout);
                // A copy of its exact size, so that a sanitizer sees a read past the end.
                const std::vector<std::uint8_t> input(bytes.begin(), bytes.end());
                LLVMFuzzerTestOneInput(input.empty() ? &nothing : input.data(), input.size());
                ++count;
            }
        }
    } catch (const std::exception& error) {
        std::fprintf(stderr, "replay: %s\n", error.what());
        return 1;
    }
    std::printf("%d inputs replayed\n", count);
    return count > 0 ? 0 : 1;
}
