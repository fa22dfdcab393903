#include "workers.h"

#include <exception>
#include <mutex>
#include <thread>

namespace demo {

std::vector<std::vector<const Field*>> share_out(const std::vector<Field>& fields) {
  std::vector<std::vector<const Field*>> shares(kWorkers);
  for (const Field& field : fields) {
    shares[std::hash<std::string_view>()(field.package) % kWorkers].push_back(&field);
  }
  return shares;
}

void run_workers(const std::vector<std::vector<const Field*>>& shares,
                 const std::function<void(std::size_t, std::span<const Field* const>)>& work) {
  std::mutex mutex;
  std::exception_ptr failure;
  {
    std::vector<std::jthread> threads;
    threads.reserve(shares.size());
    for (std::size_t worker = 0; worker < shares.size(); ++worker) {
      threads.emplace_back([&, worker] {
        try {
          work(worker, shares[worker]);
        } catch (...) {
          const std::lock_guard lock(mutex);
          if (!failure) failure = std::current_exception();
        }
      });
    }
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace demo
