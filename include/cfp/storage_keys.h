#pragma once

#include <string_view>

namespace cfp {

/// Names of fields in `data` that have a meaning of their own.
struct StorageKeys {
  static constexpr std::string_view PROCESS_NAME = "process_name";
  static constexpr std::string_view TIMESTAMP = "timestamp";
  static constexpr std::string_view STATUS = "status";
  static constexpr std::string_view STATUS_INT = "status_int";
  static constexpr std::string_view USERNAME = "username";
};

}  // namespace cfp
