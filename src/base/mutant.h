#pragma once

// Seeded bugs that test the tests: places where a build with CFP_MUTANTS can be told to do wrong. The environment
// variable CFP_MUTANT names the one bug that a process has, and its children with it; tests/mutants.txt says which
// tests must see it. In every other build the condition is `false`. Only for functions that are compiled once (no
// template, not inline).

#ifdef CFP_MUTANTS

#include <string>
#include <vector>

namespace cfp::base {

/// The names of all mutants of this program, sorted, each once.
std::vector<std::string> mutant_names();
/// Whether this process is to have that bug.
bool is_mutant(const char* name) noexcept;

}  // namespace cfp::base

// NOLINTNEXTLINE(cppcoreguidelines-macro-usage): a place in the code, not a value.
#define CFP_MUTANT(name)                                                                      \
  ([] {                                                                                       \
    __attribute__((section("cfp_mutants"), used)) static const char* const cfp_mutant = name; \
    return ::cfp::base::is_mutant(cfp_mutant);                                                \
  }())

#else

#define CFP_MUTANT(name) false

#endif
