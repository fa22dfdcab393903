#include "completion.h"
#include "completion_words.h"

namespace cfp::cli {
namespace {

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return "'" + out + "'";
}

std::string arguments_of(Offer offer, const std::vector<std::string>& choices) {
  if (!choices.empty()) {
    std::string all;
    for (const std::string& choice : choices) all.append(all.empty() ? "" : " ").append(choice);
    return " -xa " + escaped(all);
  }
  if (offer == Offer::directories) return " -xa '(__fish_complete_directories)'";
  return offer == Offer::files ? " -rF" : " -x";
}

}  // namespace

std::string fish_completion(const Command& root) {
  std::string parts, skipped, rules;
  for (const auto& [path, command] : all_commands(root)) {
    const std::string rule = "complete -c cfp -n " + escaped("__cfp_is " + quoted(path));
    for (const Command& part : command->parts) {
      parts += " " + escaped(path + " " + part.name);
      rules += rule + " -xa " + escaped(part.name) + " -d " + escaped(part.summary) + "\n";
    }
    for (const Option& option : options_of(*command)) {
      std::string names;
      for (const std::string& spelling : spellings_of(option)) {
        names += spelling.starts_with("--") ? " -l " + spelling.substr(2) : " -s " + spelling.substr(1);
        if (!option.is_flag()) skipped += " " + escaped(path + " " + spelling);
      }
      rules += rule + names + (option.is_flag() ? "" : arguments_of(option.offer, option.choices)) + " -d " +
               escaped(option.help) + "\n";
    }
    const auto choices = choices_of_arguments(*command);
    const Offer offer = offer_of_arguments(*command);
    if (!choices.empty() || offer != Offer::nothing) {
      rules += rule + (offer == Offer::files ? " -F" : arguments_of(offer, choices)) + "\n";
    }
  }
  return "# fish completion of cfp; made by 'cfp completion fish'\n"
         "function __cfp_is\n"
         "  set -l name cfp\n"
         "  set -l skip 0\n"
         "  set -l tokens (commandline -opc)\n"
         "  for word in $tokens[2..-1]\n"
         "    if test $skip = 1\n"
         "      set skip 0\n"
         "      continue\n"
         "    end\n"
         "    if contains -- \"$name $word\"" +
         parts +
         "\n"
         "      set name \"$name $word\"\n"
         "    else if contains -- \"$name $word\"" +
         skipped +
         "\n"
         "      set skip 1\n"
         "    end\n"
         "  end\n"
         "  test \"$name\" = \"$argv[1]\"\n"
         "end\n"
         "complete -c cfp -f\n" +
         rules;
}

}  // namespace cfp::cli
