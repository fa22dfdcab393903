#pragma once

#include <system_error>

namespace cfp::support {

/// The errno of the std::system_error that `call` throws; 0 when it throws nothing.
template <typename Call>
int error_of(const Call& call) {
  try {
    call();
  } catch (const std::system_error& error) {
    return error.code().value();
  }
  return 0;
}

}  // namespace cfp::support
