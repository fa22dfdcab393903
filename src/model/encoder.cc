#include "model/encoder.h"

#include "base/json.h"
#include "base/mutant.h"
#include "base/text_buffer.h"
#include "cfp/error.h"
#include "model/canonical_text.h"
#include "model/special_fields.h"

namespace cfp::model {
namespace {

constexpr std::size_t kLongestName = 4096;
constexpr std::size_t kLongestRequest = 256;
constexpr std::size_t kRoomForSpecialFields = 96;  // a timestamp and a short username

template <class Input>
void check_names(const Input& input) {
  check_name(input.key, "key");
  check_name(input.collection_name, "collection_name");
  check_name(input.item_name, "item_name");
}

}  // namespace

Record encode_delete(const DeleteInput& input, const Schema& schema) {
  check_names(input);
  if (input.username && !json::is_utf8(*input.username)) throw InvalidRecordError("username: is not valid UTF-8");
  Record record;
  record.state = ItemState::make({.key = input.key,
                                  .collection_name = input.collection_name,
                                  .item_name = input.item_name,
                                  .operation = Operation::erase});
  if (input.username) record.projection.username = std::string(*input.username);
  record.projection.extra.resize(schema.size());
  hash_names(record);
  return record;
}

void annotate(Record& record, const ChangeOptions& options) {
  if (options.reason) check_name(*options.reason, "reason");
  if (options.request_id) {
    check_name(*options.request_id, "request_id");
    const std::size_t bytes = options.request_id->size();
    if (bytes == 0 || bytes > kLongestRequest) throw InvalidRecordError("request_id: must have 1 to 256 bytes");
  }
  record.reason = options.reason;
  record.request_id = options.request_id;
}

Record encode(const StoreInput& input, const EncodingRules& rules, Timestamp now) {
  check_names(input);

  base::TextBuffer data;
  data.reserve(input.data.size() + kRoomForSpecialFields);
  SpecialFields special(input, rules, now);
  CanonicalText text(data, rules.normalize_datetimes, &special);
  text.read(input.data);
  special.refuse_misfit();

  Record record;
  record.state = ItemState::make({.key = input.key,
                                  .collection_name = input.collection_name,
                                  .item_name = input.item_name,
                                  .data = data.view(),
                                  .value = view_of(special.value()),
                                  .timestamp = special.timestamp()});
  record.projection = std::move(special.projection());
  hash_names(record);
  return record;
}

void check_name(std::string_view name, std::string_view what) {
  const auto refuse = [what](std::string_view reason) {
    throw InvalidRecordError(std::string(what).append(": ").append(reason));
  };
  if (name.size() > kLongestName) refuse("must have at most 4,096 bytes");
  if (name.find('\0') != std::string_view::npos && !CFP_MUTANT("take_any_name"))
    refuse("must not have a NUL character");
  if (!json::is_utf8(name)) refuse("is not valid UTF-8");
}

}  // namespace cfp::model
