#include "completion.h"
#include "completion_words.h"

namespace cfp::cli {
namespace {

std::string words_of(const std::vector<std::string>& words) {
  std::string all;
  for (const std::string& word : words) all.append(all.empty() ? "" : " ").append(word);
  return all;
}

std::string complete_with(Offer offer, const std::vector<std::string>& choices) {
  if (!choices.empty()) return "mapfile -t COMPREPLY < <(compgen -W " + quoted(words_of(choices)) + " -- \"$cur\")";
  if (offer == Offer::nothing) return ":";
  return std::string("compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen ") +
         (offer == Offer::directories ? "-d" : "-f") + " -- \"$cur\")";
}

/// "'cfp get --version'|'cfp get -v'": a value follows.
std::string patterns_of(const std::string& path, const Option& option) {
  std::string all;
  for (const std::string& spelling : spellings_of(option)) {
    all.append(all.empty() ? "" : "|").append(quoted(path + " " + spelling));
  }
  return all;
}

}  // namespace

std::string bash_completion(const Command& root) {
  std::string parts, values, skipped, words;
  for (const auto& [path, command] : all_commands(root)) {
    std::vector<std::string> names, options;
    for (const Command& part : command->parts) {
      names.push_back(part.name);
      parts.append(parts.empty() ? "" : "|").append(quoted(path + " " + part.name));
    }
    for (const Option& option : options_of(*command)) {
      for (const std::string& spelling : spellings_of(option)) options.push_back(spelling);
      if (option.is_flag()) continue;
      const std::string patterns = patterns_of(path, option);
      skipped.append(skipped.empty() ? "" : "|").append(patterns);
      values += "    " + patterns + ") " + complete_with(option.offer, option.choices) + "; return ;;\n";
    }
    const std::vector<std::string> choices = names.empty() ? choices_of_arguments(*command) : names;
    words += "    " + quoted(path) + ")\n      if [[ $cur == -* ]]; then mapfile -t COMPREPLY < <(compgen -W " +
             quoted(words_of(options)) + " -- \"$cur\")\n      else " +
             complete_with(offer_of_arguments(*command), choices) + "\n      fi ;;\n";
  }
  return "# bash completion of cfp; made by 'cfp completion bash'\n"
         "_cfp() {\n"
         "  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} path=cfp i\n"
         "  COMPREPLY=()\n"
         "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
         "    case \"$path ${COMP_WORDS[i]}\" in\n"
         "    " +
         parts + ") path+=\" ${COMP_WORDS[i]}\" ;;\n    " + skipped +
         ") i=$((i + 1)) ;;\n"
         "    esac\n"
         "  done\n"
         "  case \"$path $prev\" in\n" +
         values +
         "  esac\n"
         "  case $path in\n" +
         words +
         "  esac\n"
         "}\n"
         "complete -F _cfp cfp\n";
}

}  // namespace cfp::cli
