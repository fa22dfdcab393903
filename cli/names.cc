#include "names.h"

namespace cfp::cli {

std::vector<Option> name_options(int required) {
  return {{.names = "KEY", .help = "Name of the key.", .required = required > 0},
          {.names = "COLLECTION",
           .help = "Name of the collection; \"\" is a name like any other.",
           .required = required > 1},
          {.names = "ITEM", .help = "Name of the item.", .required = required > 2}};
}

std::vector<Option> change_options(bool with_version) {
  std::vector<Option> options = {{.names = "-u,--username", .help = "Who does it; kept in history.", .value = "NAME"},
                                 {.names = "--reason", .help = "Why; kept in history.", .value = "TEXT"},
                                 {.names = "--request-id",
                                  .help = "Name of the request: what was done under it is not done again.",
                                  .value = "ID"}};
  if (with_version) {
    options.push_back({.names = "--expected-version",
                       .help = "Only if the item has this version; 0: only if it is not there.",
                       .value = "N"});
  }
  return options;
}

ChangeOptions change_options_of(const Arguments& arguments) {
  ChangeOptions options;
  options.expected_version = arguments.version("--expected-version");
  options.skip_unchanged = arguments.has("--skip-unchanged");
  options.reason = arguments.text("--reason");
  options.request_id = arguments.text("--request-id");
  return options;
}

ItemNames::ItemNames(const Arguments& arguments)
    : key(arguments.required("KEY")), collection(arguments.required("COLLECTION")), item(arguments.required("ITEM")) {}

std::vector<Option> joined(std::vector<Option> first, const std::vector<Option>& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

}  // namespace cfp::cli
