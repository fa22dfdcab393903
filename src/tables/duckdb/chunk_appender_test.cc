#include "tables/duckdb/chunk_appender.h"

#include <gtest/gtest.h>

#include "tables/duckdb/instance.h"

namespace cfp::tables::duckdb {
namespace {

// That nothing of it stays behind is for the address sanitizer to see.
TEST(ChunkAppender, OfATableThatIsNotThereIsRefusedByName) {
  const Database database = open_database(nullptr, 1, false);
  const Connection connection(database.get());
  try {
    const ChunkAppender appender(connection, nullptr, "nowhere");
    FAIL() << "it was made";
  } catch (const SqlError& error) {
    EXPECT_NE(std::string_view(error.what()).find("nowhere"), std::string_view::npos) << error.what();
  }
}

}  // namespace
}  // namespace cfp::tables::duckdb
