#pragma once

// For the tests of the encoder: a call of `encode` whose parameters have defaults.

#include <string>

#include "cfp/error.h"
#include "model/encoder.h"

namespace cfp::model {

struct EncodeCall {
  std::string data = "{}";
  Value value = {};
  std::optional<Timestamp> timestamp = {};
  std::optional<std::string_view> username = {};
  Schema schema = {};
  bool normalize_datetimes = true;
  std::string key = "key";
  std::string collection_name = "collection";
  std::string item_name = "item";

  Record run() const {
    return encode({key, collection_name, item_name, data, value, timestamp, username}, {schema, normalize_datetimes},
                  Timestamp("2025-06-01T12:00:00Z"));
  }
  [[nodiscard]] std::string text() const { return std::string(run().state->data()); }
  /// The message of the refusal; "accepted" when there is none.
  [[nodiscard]] std::string refusal() const {
    try {
      run();
    } catch (const CollectionFastPersistError& error) {
      return error.what();
    }
    return "accepted";
  }
};

/// What the default timestamp adds at the end of an object that is not empty.
inline const std::string kNow = R"("timestamp":"2025-06-01T12:00:00+00:00")";

}  // namespace cfp::model
