#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "package_index.h"

namespace demo {

inline constexpr std::size_t kWorkers = 16;

/// The fields of each worker, in the order of the file. All of one package go to the same worker, in every run.
std::vector<std::vector<const Field*>> share_out(const std::vector<Field>& fields);

/// Runs `work(worker, its fields)` on kWorkers threads and waits for all. Throws the first exception one of them threw.
void run_workers(const std::vector<std::vector<const Field*>>& shares,
                 const std::function<void(std::size_t, std::span<const Field* const>)>& work);

}  // namespace demo
