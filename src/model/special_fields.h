#pragma once

// The fields of `data` that have a meaning of their own: timestamp, status, status_int, username and value, and those
// that have a custom column. Decides between parameters, fields and defaults, and what stands in the text for them.

#include <optional>
#include <string>
#include <string_view>

#include "model/canonical_text.h"
#include "model/encoder.h"

namespace cfp::model {

/// Collects the special fields of one record while its text is written.
/// Failure: InvalidRecordError naming the parameter or the field; a field that does not fit its column is remembered
/// until `refuse_misfit`, so that faults of the data itself are reported before it.
class SpecialFields final : public TopFields {
 public:
  /// Checks the parameters. `input`, `rules` must outlive this.
  SpecialFields(const StoreInput& input, const EncodingRules& rules, const Timestamp& now);

  Place begin(std::string_view name) override;
  void observe(const ScalarView& written) override;
  void replace(const ScalarView& value, CanonicalText& text) override;
  void finish(CanonicalText& text) override;

  /// Throws ExtraSchemaError when a field did not fit its column. To be called once all fields have been seen; what
  /// follows is known then.
  void refuse_misfit() const;
  [[nodiscard]] const Value& value() const noexcept { return value_; }
  [[nodiscard]] const std::optional<Timestamp>& timestamp() const noexcept { return timestamp_; }
  [[nodiscard]] Projection& projection() noexcept { return projection_; }

 private:
  enum class Special { timestamp, status, status_int, username, value };
  static std::optional<Special> special(std::string_view name) noexcept;

  void replace_timestamp(const ScalarView& field, CanonicalText& text);
  void replace_status(const ScalarView& field, CanonicalText& text);
  void replace_status_int(const ScalarView& field, CanonicalText& text);
  void replace_username(const ScalarView& field, CanonicalText& text);
  void replace_value(const ScalarView& field, CanonicalText& text);
  void write_timestamp(const Timestamp& timestamp, CanonicalText& text);
  void write_bool_value(CanonicalText& text);
  void fill_column(std::size_t column, const ScalarView& found);

  const StoreInput& input_;
  const Schema& schema_;
  Timestamp now_;
  Value value_;
  std::optional<Timestamp> timestamp_;  // as written
  Projection projection_;
  std::string misfit_;  // the message about the first field that does not fit its column
  unsigned seen_ = 0;   // a bit for each Special
  Special current_ = Special::value;
  std::size_t column_ = 0;  // of the field that is observed
  bool value_is_written_ = false;
  bool username_is_written_ = false;
};

}  // namespace cfp::model
