#pragma once

// Where the engine that is compared with the model runs: its disk, tables, clock and background steps.

#include <optional>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "oracle/model_row.h"
#include "support/simulated_clock.h"
#include "support/stepped_background.h"

namespace cfp::oracle {

/// Threads: one. Failure: what the engine throws.
class ModelWorld {
 public:
  virtual ~ModelWorld() = default;
  /// There was no engine, or it was closed or killed.
  virtual void open(const std::string& date) = 0;
  [[nodiscard]] virtual engine::Engine& engine() = 0;
  [[nodiscard]] virtual support::SimulatedClock& clock() = 0;
  [[nodiscard]] virtual support::SteppedBackground& background() = 0;

  /// The closed engine is gone.
  virtual void let_go() = 0;
  /// A kill or a power cut, as the number says; the engine is gone.
  virtual void crash(std::uint64_t choice) = 0;
  /// While there is no engine.
  virtual void lose_history() = 0;
  virtual void lose_latest() = 0;
  /// While there is no engine: goes on in a new directory, restored through that sequence. False where it cannot.
  virtual bool restore(std::optional<std::uint64_t> through) = 0;

  /// All rows, once the engine has flushed, or brought latest up to date.
  [[nodiscard]] virtual std::vector<ModelRow> history() = 0;
  [[nodiscard]] virtual std::vector<ModelRow> latest() = 0;
};

}  // namespace cfp::oracle
