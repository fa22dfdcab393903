// ISO 8601: what is read is written as a text that reads back as the same, and as the same text from then on.

#include "cfp/timestamp.h"

#include <string>

#include "base/iso8601.h"
#include "cfp/error.h"
#include "target.h"

namespace cfp::fuzz {
namespace {

void check_timestamp(std::string_view text) {
  const auto timestamp = base::parse_timestamp(text);
  expect(Timestamp::parse(text) == timestamp, "there is one parser of timestamps", text);
  if (!timestamp) return;
  const std::string once = timestamp->to_string();
  const auto again = base::parse_timestamp(once);
  expect(again.has_value() && *again == *timestamp, "a timestamp reads back as what it was", once);
  expect(again->to_string() == once, "a timestamp has one text", once);
  expect(once.size() == 25 || once.size() == 32, "a timestamp has all its parts", once);
}

void check_date(std::string_view text) {
  const auto day = base::parse_date(text);
  if (!day) {
    bool is_refused = false;
    try {
      static_cast<void>(Date(text));
    } catch (const CollectionFastPersistError& error) {
      is_refused = error.code() == ErrorCode::invalid_argument;
    }
    expect(is_refused, "there is one parser of dates", text);
    return;
  }
  expect(Date(text).to_string() == text, "a date has one text", text);
  expect(base::parse_timestamp(text) == Timestamp(Timestamp::Micros(std::chrono::sys_days(*day))),
         "a date is its midnight", text);
}

}  // namespace

CFP_FUZZ_TARGET(timestamp) {
  check_timestamp(input);
  check_date(input);
}

}  // namespace cfp::fuzz
