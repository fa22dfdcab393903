#include "base/crc32c.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <numeric>
#include <string>

#include "base/crc32c_kernels.h"
#include "support/property.h"

namespace cfp::base {
namespace {

struct Vector {
  std::string bytes;
  std::uint32_t crc;
};

// RFC 3720, appendix B.4, and the check value of the CRC catalogues.
std::vector<Vector> rfc_vectors() {
  std::string rising(32, '\0');
  std::iota(rising.begin(), rising.end(), '\0');
  const std::string falling(rising.rbegin(), rising.rend());
  const unsigned char read_pdu[48] = {0x01, 0xc0, 0, 0, 0, 0, 0, 0, 0,    0, 0, 0,    0, 0, 0, 0,
                                      0x14, 0,    0, 0, 0, 0, 4, 0, 0,    0, 0, 0x14, 0, 0, 0, 0x18,
                                      0x28, 0,    0, 0, 0, 0, 0, 0, 0x02, 0, 0, 0,    0, 0, 0, 0};
  return {{std::string(32, '\0'), 0x8a9136aaU},
          {std::string(32, '\xff'), 0x62a8ab43U},
          {rising, 0x46dd794eU},
          {falling, 0x113fdb5cU},
          {std::string(std::begin(read_pdu), std::end(read_pdu)), 0xd9963a56U},
          {"123456789", 0xe3069283U},
          {"", 0U}};
}

TEST(Crc32c, GivesTheVectorsOfRfc3720) {
  for (const Vector& v : rfc_vectors()) {
    EXPECT_EQ(crc32c(v.bytes), v.crc);
    EXPECT_EQ(crc32c_by_table(v.bytes, 0), v.crc);
    if (has_crc32c_instruction()) {
      EXPECT_EQ(crc32c_by_instruction(v.bytes, 0), v.crc);
    }
  }
}

TEST(Crc32c, IsTheSameByTableAndByInstruction) {
  if (!has_crc32c_instruction()) GTEST_SKIP() << "this processor has no SSE 4.2";
  EXPECT_TRUE(
      support::holds("table == instruction", [](const std::string& bytes, std::uint32_t seed, std::uint8_t skip) {
        // Starts at any alignment.
        const std::string_view view = std::string_view(bytes).substr(std::min<std::size_t>(bytes.size(), skip % 9U));
        RC_ASSERT(crc32c_by_table(view, seed) == crc32c_by_instruction(view, seed));
      }));
}

TEST(Crc32c, ContinuesFromThePartBefore) {
  EXPECT_TRUE(support::holds("crc(a + b) == crc(b, crc(a))", [](const std::string& a, const std::string& b) {
    RC_ASSERT(crc32c(a + b) == crc32c(b, crc32c(a)));
  }));
}

TEST(Crc32c, SeesEverySingleFlippedBit) {
  const std::string line(200, 'x');
  const std::uint32_t good = crc32c(line);
  for (std::size_t bit = 0; bit < line.size() * 8; ++bit) {
    std::string bad = line;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
    ASSERT_NE(crc32c(bad), good) << bit;
  }
}

}  // namespace
}  // namespace cfp::base
