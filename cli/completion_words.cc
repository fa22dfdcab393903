#include "completion_words.h"

namespace cfp::cli {

std::vector<NamedCommand> all_commands(const Command& root) {
  std::vector<NamedCommand> all = {{root.name, &root}};
  for (std::size_t i = 0; i < all.size(); ++i) {
    const NamedCommand at = all[i];
    for (const Command& part : at.command->parts) all.push_back({at.path + " " + part.name, &part});
  }
  return all;
}

std::vector<std::string> spellings_of(const Option& option) {
  std::vector<std::string> all;
  for (std::size_t begin = 0; begin <= option.names.size();) {
    const std::size_t end = std::min(option.names.find(',', begin), option.names.size());
    all.push_back(option.names.substr(begin, end - begin));
    begin = end + 1;
  }
  return all;
}

std::vector<Option> options_of(const Command& command) {
  std::vector<Option> all;
  for (const Option& option : command.options) {
    if (!option.is_argument()) all.push_back(option);
  }
  all.insert(all.end(), common_options().begin(), common_options().end());
  all.push_back({.names = "-h,--help", .help = "Print this help and exit."});
  return all;
}

Offer offer_of_arguments(const Command& command) {
  for (const Option& option : command.options) {
    if (option.is_argument() && option.offer != Offer::nothing) return option.offer;
  }
  return Offer::nothing;
}

std::vector<std::string> choices_of_arguments(const Command& command) {
  for (const Option& option : command.options) {
    if (option.is_argument() && !option.choices.empty()) return option.choices;
  }
  return {};
}

std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') {
      out += R"('\'')";
    } else {
      out += c;
    }
  }
  return out + "'";
}

}  // namespace cfp::cli
