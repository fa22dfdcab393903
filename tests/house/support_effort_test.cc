#include <gtest/gtest.h>

#include "support/effort.h"

namespace cfp::support {
namespace {

constexpr Effort kEffort{.ci = 40, .proof = 1000, .soak = 30'000};

TEST(SupportEffort, IsTheOrdinaryOneUnlessMoreIsAskedFor) {
  EXPECT_EQ(count_of(kEffort, ""), 40U);
  EXPECT_EQ(count_of(kEffort, "ci"), 40U);
  EXPECT_EQ(count_of(kEffort, "proof"), 1000U);
  EXPECT_EQ(count_of(kEffort, "soak"), 30'000U);
}

TEST(SupportEffort, IsMultipliedByItsFactorButNeverToNothing) {
  EXPECT_EQ(count_of(kEffort, "ci:2.5"), 100U);
  EXPECT_EQ(count_of(kEffort, "soak:0.1"), 3000U);
  EXPECT_EQ(count_of(kEffort, "proof:0.0001"), 1U);
  EXPECT_EQ(count_of({.ci = 0, .proof = 5, .soak = 9}, "ci:3"), 0U);
}

TEST(SupportEffort, RefusesWhatItDoesNotKnow) {
  for (const char* const setting : {"all", "proof:", "proof:x", "proof:0", "proof:-1", "soak:nan", "soak:1e9"}) {
    EXPECT_THROW(count_of(kEffort, setting), std::invalid_argument) << setting;
  }
}

}  // namespace
}  // namespace cfp::support
