#pragma once

// What is done to a store that is compared with its model: values that RapidCheck makes, shows and shortens.

#include <rapidcheck.h>

#include <array>
#include <cstdint>
#include <optional>
#include <ostream>
#include <string_view>
#include <vector>

#include "cfp/config.h"
#include "oracle/planned_store.h"

namespace cfp::oracle {

enum class CommandKind : std::uint8_t {
  store,
  store_async,
  step,
  look,
  flush,
  update_latest,
  reopen,
  crash,
  move_clock,
  backup,
  restore,
  rebuild_history,
  rebuild_latest,
  lose_tables,
  check_tables,
  refused,
};
inline constexpr std::array<std::string_view, 16> kCommandNames = {
    "store",          "store_async", "step",         "look",   "flush",   "update_latest",
    "reopen",         "crash",       "clock",        "backup", "restore", "rebuild_history",
    "rebuild_latest", "lose_tables", "check_tables", "refused"};

struct ModelCommand {
  CommandKind kind = CommandKind::store;
  std::uint8_t choice = 0;  ///< Which of its forms the command takes.
  PlannedStore planned;     ///< Of a store.

  friend std::ostream& operator<<(std::ostream& out, const ModelCommand& command) {
    out << kCommandNames[static_cast<std::size_t>(command.kind)] << "(" << static_cast<int>(command.choice);
    if (command.kind > CommandKind::store_async) return out << ")";
    return out << ", name " << static_cast<int>(command.planned.name) << ", value "
               << static_cast<int>(command.planned.value) << ", " << command.planned.input() << ")";
  }
};

inline PlannedStore arbitrary_store() {
  PlannedStore planned;
  planned.name = *rc::gen::inRange<std::uint8_t>(0, 18);
  planned.value = *rc::gen::arbitrary<std::uint8_t>();
  planned.specials = *rc::gen::inRange<std::uint8_t>(0, 64);
  planned.number = *rc::gen::arbitrary<std::int64_t>();
  planned.fields = *rc::gen::resize(8, rc::gen::container<std::vector<PlannedField>>(rc::gen::build<PlannedField>(
                                           rc::gen::set(&PlannedField::kind, rc::gen::inRange<std::uint8_t>(0, 12)),
                                           rc::gen::set(&PlannedField::number))));
  return planned;
}

inline rc::Gen<std::vector<ModelCommand>> arbitrary_commands() {
  using Kind = CommandKind;
  const auto one = rc::gen::exec([] {
    ModelCommand command;
    command.kind = *rc::gen::weightedElement<Kind>({{20, Kind::store},
                                                    {6, Kind::store_async},
                                                    {6, Kind::step},
                                                    {10, Kind::look},
                                                    {4, Kind::flush},
                                                    {4, Kind::update_latest},
                                                    {3, Kind::reopen},
                                                    {3, Kind::crash},
                                                    {3, Kind::move_clock},
                                                    {2, Kind::backup},
                                                    {1, Kind::restore},
                                                    {1, Kind::rebuild_history},
                                                    {1, Kind::rebuild_latest},
                                                    {2, Kind::lose_tables},
                                                    {1, Kind::check_tables},
                                                    {2, Kind::refused}});
    command.choice = *rc::gen::arbitrary<std::uint8_t>();
    if (command.kind <= Kind::store_async) command.planned = arbitrary_store();
    return command;
  });
  return rc::gen::container<std::vector<ModelCommand>>(one);
}

/// Bounds so small that a few records reach them.
inline CollectionConfig arbitrary_config() {
  CollectionConfig config;
  config.max_wal_size = 4096;
  config.batch_size = *rc::gen::element<std::uint64_t>(1, 3, 4, 50);
  config.retain_days = *rc::gen::inRange(0, 3);
  config.archive_wal = *rc::gen::arbitrary<bool>();
  config.backup_on_close = *rc::gen::arbitrary<bool>();
  config.allow_network_fs = true;
  // Everything leaves as soon as it may, or some things do, or nothing.
  config.max_cache_bytes = *rc::gen::element<std::optional<std::uint64_t>>(std::nullopt, 0, 6000, 12'000);
  return config;
}

}  // namespace cfp::oracle
