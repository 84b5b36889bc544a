// Opening a FIFO to read does not wait for its writer: a task that opens one could otherwise not be cancelled.
// ctest: threads
#include <fcntl.h>
#include <sys/stat.h>

#include <vector>

#include "scratch.hpp"
#include "support/test.hpp"

using namespace gyre;
using namespace gyre::test;
using namespace std::chrono_literals;

GYRE_TEST("FIFOs that nobody writes to open at once, as blocking ones, and leave the other files their turn") {
    const scratch_directory dir;
    REQUIRE(::mkfifo((dir / "p").c_str(), 0600) == 0);
    std::vector<fs::file> open;
    for (int i = 0; i < 6; ++i) open.push_back(co_await wait_for(fs::open(dir / "p", fs::read), 10s));
    for (const fs::file& f : open) CHECK((::fcntl(f.fd(), F_GETFL) & O_NONBLOCK) == 0);
    co_await fs::write_file(dir / "beside", "text");
}
