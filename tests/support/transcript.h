#pragma once

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/json.h"

namespace cfp::test {

/// Writes down the parts of a document, each in a line, so that two documents can be compared.
class Transcript final : public json::Visitor {
 public:
  std::string lines;

  void null() override { lines += "null\n"; }
  void boolean(bool value) override { lines += value ? "true\n" : "false\n"; }
  void integer(std::int64_t value) override { lines += "integer " + std::to_string(value) + "\n"; }
  void unsigned_integer(std::uint64_t value) override { lines += "unsigned " + std::to_string(value) + "\n"; }
  void real(double value) override {
    lines += "real " + std::to_string(std::bit_cast<std::uint64_t>(value)) + "\n";  // tells -0.0 from 0.0
  }
  void string(std::string_view value) override { lines.append("string ").append(value).append("\n"); }
  void begin_object() override { lines += "{\n"; }
  void field(std::string_view name) override { lines.append("field ").append(name).append("\n"); }
  void end_object() override { lines += "}\n"; }
  void begin_array() override { lines += "[\n"; }
  void end_array() override { lines += "]\n"; }
};

}  // namespace cfp::test
