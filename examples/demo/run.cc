// The whole story, each part in a process of its own, so that nothing in memory can help: a process stores, gets
// SIGKILL when half of the records are acknowledged, a second one recovers and stores the rest, a third one verifies.

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <iomanip>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <system_error>

#include "child_process.h"
#include "commands.h"
#include "package_index.h"
#include "workers.h"

namespace demo {
namespace {

struct Pipe {
  std::array<int, 2> ends{-1, -1};
  Pipe() {
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
  }
  ~Pipe() {
    ::close(ends[0]);
    close_writer();
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  void close_writer() {
    if (ends[1] >= 0) ::close(ends[1]);
    ends[1] = -1;
  }
  /// False at the end. A count is written at once (it is shorter than PIPE_BUF), so it is read whole.
  bool read(std::uint64_t& count) const {
    ssize_t size = 0;
    do size = ::read(ends[0], &count, sizeof count);
    while (size < 0 && errno == EINTR);
    return size == ssize_t{sizeof count};
  }
};

struct Killed {
  std::uint64_t acknowledged = 0;  ///< Records that the process had reported.
  double seconds = 0;              ///< From its first report on: the store was open then.
};

Killed store_and_kill(const std::string& index, const std::string& directory, std::uint64_t kill_at) {
  Pipe progress;
  ChildProcess child({"store", index, directory, "--report", std::to_string(progress.ends[1])}, progress.ends[1]);
  progress.close_writer();
  Killed killed;
  std::optional<std::chrono::steady_clock::time_point> start;
  while (killed.acknowledged < kill_at) {
    if (!progress.read(killed.acknowledged))
      throw std::runtime_error("the storing process ended before half of its work");
    if (!start) start = std::chrono::steady_clock::now();
  }
  killed.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start.value()).count();
  if (!child.kill()) throw std::runtime_error("the storing process ended before it was killed");
  if (::isatty(STDERR_FILENO) == 1) std::cerr << '\n';  // behind the bar it left
  // What it still said before the signal arrived counts too.
  for (std::uint64_t count = 0; progress.read(count);) killed.acknowledged = count;
  return killed;
}

void require_success(const std::vector<std::string>& arguments) {
  if (!ChildProcess(arguments).succeeds()) throw std::runtime_error("'" + arguments.front() + "' failed");
}

}  // namespace

void run(const std::filesystem::path& index_file, const std::filesystem::path& directory) {
  std::cout << std::fixed << std::setprecision(2);
  std::uint64_t total = 0;
  {
    const PackageIndex index(index_file);
    total = index.fields().size();
    std::cout << index.packages() << " packages, " << total + index.superseded() << " fields, " << index.superseded()
              << " of them superseded by a later one of the same name: " << total << " records to store\n";
  }
  std::filesystem::remove_all(directory);

  std::cout << "\n-- store with " << kWorkers << " threads, SIGKILL at half\n" << std::flush;
  const Killed killed = store_and_kill(index_file, directory, std::max<std::uint64_t>(total / 2, 1));
  std::cout << "killed when " << killed.acknowledged << " records were acknowledged, after " << killed.seconds << " s ("
            << static_cast<std::uint64_t>(static_cast<double>(killed.acknowledged) / killed.seconds)
            << " records/s); left on disk:\n"
            << std::flush;
  tree(directory);

  std::cout << "\n-- open again: recover, then store what is missing\n" << std::flush;
  require_success({"store", index_file, directory, "--acknowledged", std::to_string(killed.acknowledged)});

  std::cout << "\n-- a fresh process reads every field back\n" << std::flush;
  require_success({"verify", index_file, directory, "--once"});

  std::cout << "\n-- on disk after all\n" << std::flush;
  tree(directory);
  std::cout << "\ndone: " << total << " records survived a SIGKILL and agree with their source\n";
}

}  // namespace demo
