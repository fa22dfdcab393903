#pragma once

// Which names of keys, collections or items a listing gives.

#include <cstdint>
#include <optional>
#include <string>

namespace cfp {

/// Names come in the order of their bytes, which is that of their code points. All conditions hold at once. The page
/// behind a page begins `after` its last name; the page in front of it is the `descending` one `before` its first name.
struct ListQuery {
  std::string prefix{};                 ///< Only names that begin with this.
  std::optional<std::string> after{};   ///< Only names behind this one, which need not be there.
  std::optional<std::string> before{};  ///< Only names in front of this one.
  bool descending = false;              ///< From the last name on backwards.
  std::int64_t limit = 1000;            ///< At most so many, the first of that order; 1 or more.
};

}  // namespace cfp
