#pragma once

#include <string>
#include <vector>

#include "arguments.h"
#include "cfp/change_options.h"
#include "command.h"

namespace cfp::cli {

/// KEY, COLLECTION and ITEM, of which the first `required` have to be given.
std::vector<Option> name_options(int required);
/// What all commands that change something take: --username, --reason, --request-id, --expected-version.
std::vector<Option> change_options(bool with_version);
ChangeOptions change_options_of(const Arguments& arguments);

/// The names of one item.
struct ItemNames {
  explicit ItemNames(const Arguments& arguments);
  std::string key, collection, item;
};

/// Both lists.
std::vector<Option> joined(std::vector<Option> first, const std::vector<Option>& second);

}  // namespace cfp::cli
