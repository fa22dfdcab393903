#include <charconv>
#include <exception>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "commands.h"

namespace {

constexpr std::string_view kUsage =
    "usage: cfp_demo store FILE DIR [--report FD] [--acknowledged N]\n"
    "       cfp_demo verify FILE DIR [--once]\n"
    "       cfp_demo tree DIR\n"
    "       cfp_demo run FILE DIR\n"
    "FILE is a Debian package index, as 'apt-cache dumpavail' prints it. 'run' wipes DIR first.\n";

using Arguments = std::vector<std::string_view>;

template <class Number>
std::optional<Number> option(const Arguments& arguments, std::string_view name) {
  for (std::size_t i = 0; i + 1 < arguments.size(); ++i) {
    if (arguments[i] != name) continue;
    const std::string_view text = arguments[i + 1];
    Number number{};
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc() && rest == text.data() + text.size()) return number;
    throw std::invalid_argument(std::string(name) + " takes a number, not '" + std::string(text) + "'");
  }
  return std::nullopt;
}

bool execute(const Arguments& arguments) {
  const std::string_view command = arguments.empty() ? std::string_view() : arguments[0];
  if (command == "tree" && arguments.size() == 2) {
    demo::tree(arguments[1]);
  } else if (command == "store" && arguments.size() >= 3) {
    demo::store(arguments[1], arguments[2],
                {.report_descriptor = option<int>(arguments, "--report").value_or(-1),
                 .acknowledged = option<std::uint64_t>(arguments, "--acknowledged")});
  } else if (command == "verify" && arguments.size() >= 3) {
    demo::verify(arguments[1], arguments[2], arguments.back() == "--once");
  } else if (command == "run" && arguments.size() == 3) {
    demo::run(arguments[1], arguments[2]);
  } else {
    return false;
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) try {
  if (execute(Arguments(argv + 1, argv + argc))) return 0;
  std::cerr << kUsage;
  return 2;
} catch (const std::exception& error) {
  std::cerr << "cfp_demo: " << error.what() << '\n';
  return 1;
}
