#include "completion.h"
#include "completion_words.h"

namespace cfp::cli {
namespace {

/// "name:what it is", as _describe takes it.
std::string described(const std::string& name, const std::string& what) {
  std::string out;
  for (const char c : name) out.append(c == ':' ? "\\:" : std::string(1, c));
  return quoted(out + ":" + what);
}

std::string adds_of(Offer offer, const std::vector<std::string>& choices) {
  if (!choices.empty()) {
    std::string all;
    for (const std::string& choice : choices) all += " " + quoted(choice);
    return "compadd --" + all;
  }
  return offer == Offer::nothing ? ":" : offer == Offer::directories ? "_files -/" : "_files";
}

}  // namespace

std::string zsh_completion(const Command& root) {
  std::string parts, values, skipped, words;
  for (const auto& [path, command] : all_commands(root)) {
    std::string names, options;
    for (const Command& part : command->parts) {
      names += " " + described(part.name, part.summary);
      parts.append(parts.empty() ? "" : "|").append(quoted(path + " " + part.name));
    }
    for (const Option& option : options_of(*command)) {
      std::string patterns;
      for (const std::string& spelling : spellings_of(option)) {
        options += " " + described(spelling, option.help);
        patterns.append(patterns.empty() ? "" : "|").append(quoted(path + " " + spelling));
      }
      if (option.is_flag()) continue;
      skipped.append(skipped.empty() ? "" : "|").append(patterns);
      values += "    " + patterns + ") " + adds_of(option.offer, option.choices) + "; return ;;\n";
    }
    words += "    " + quoted(path) + ")\n      options=(" + options + ")\n";
    words += "      if [[ $words[CURRENT] == -* ]]; then _describe option options\n      else ";
    words += names.empty() ? adds_of(offer_of_arguments(*command), choices_of_arguments(*command))
                           : "commands=(" + names + "); _describe command commands";
    words += "\n      fi ;;\n";
  }
  return "#compdef cfp\n"
         "# zsh completion of cfp; made by 'cfp completion zsh'\n"
         "_cfp() {\n"
         "  local name=cfp i\n"
         "  local -a options commands\n"
         "  for ((i = 2; i < CURRENT; i++)); do\n"
         "    case \"$name $words[i]\" in\n"
         "    " +
         parts + ") name+=\" $words[i]\" ;;\n    " + skipped +
         ") i=$((i + 1)) ;;\n"
         "    esac\n"
         "  done\n"
         "  case \"$name $words[CURRENT-1]\" in\n" +
         values +
         "  esac\n"
         "  case $name in\n" +
         words +
         "  esac\n"
         "}\n"
         "if [[ $funcstack[1] == _cfp ]]; then _cfp \"$@\"; else compdef _cfp cfp; fi\n";
}

}  // namespace cfp::cli
