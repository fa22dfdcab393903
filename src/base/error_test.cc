#include "cfp/error.h"

#include <gtest/gtest.h>

#include <set>

namespace cfp {
namespace {

TEST(ErrorCode, HasANameOfItsOwnForEachCode) {
  std::set<std::string_view> names;
  const int last = static_cast<int>(ErrorCode::internal);
  for (int code = 0; code <= last; ++code) names.insert(to_string(static_cast<ErrorCode>(code)));
  EXPECT_EQ(names.size(), static_cast<std::size_t>(last) + 1);
  EXPECT_EQ(to_string(ErrorCode::disk_full), "disk_full");
  EXPECT_EQ(to_string(ErrorCode::internal), "internal");
}

TEST(Error, CarriesItsCodeAndText) {
  const ExtraSchemaError schema("column");
  EXPECT_EQ(schema.code(), ErrorCode::extra_schema);
  EXPECT_STREQ(schema.what(), "column");
  EXPECT_EQ(InvalidRecordError("x").code(), ErrorCode::invalid_record);
}

}  // namespace
}  // namespace cfp
