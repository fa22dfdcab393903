#include "store.h"

#include "arguments.h"
#include "options.h"
#include "waiting.h"

namespace nb = nanobind;

namespace cfp::python {
namespace {

std::shared_ptr<CollectionFastPersist> open(const Date& date, CollectionConfig config,
                                            std::shared_ptr<Messages> messages) {
  config.log_sink = [messages](LogLevel level, std::string_view text) { messages->put(level, text); };
  return wait_interruptibly(
      [date, config = std::move(config)] { return std::make_shared<CollectionFastPersist>(date, config); });
}

}  // namespace

Store::Store(nb::handle date, nb::handle config, std::shared_ptr<Messages> messages)
    : Store(to_date_argument(date), to_config(config), std::move(messages)) {}

Store::Store(const Date& date, CollectionConfig config, std::shared_ptr<Messages> messages)
    : reader_(config.normalize_datetimes), engine_(open(date, std::move(config), std::move(messages))) {}

Store::~Store() {
  // The engine waits for its threads here; other threads of Python go on meanwhile.
  const Released released;
  engine_.reset();
}

std::shared_ptr<CollectionFastPersist> Store::engine() const {
  if (!engine_) {
    throw CollectionFastPersistError(ErrorCode::closed,
                                     "the store was closed because the process ends; close it before that");
  }
  return engine_;
}

std::uint64_t Store::store(nb::handle key, nb::handle data, nb::handle item_name, nb::handle collection_name,
                           nb::handle value, nb::handle timestamp, nb::handle username, nb::handle expected_version,
                           nb::handle durability, nb::handle skip_unchanged, nb::handle reason, nb::handle request_id) {
  const std::shared_ptr<CollectionFastPersist> engine = this->engine();
  const std::string_view key_text = to_name(key, "key");
  const std::string_view item_text = to_optional_name(item_name, "item_name");
  const std::string_view collection_text = to_optional_name(collection_name, "collection_name");
  const Value typed_value = to_value(value);
  const std::optional<Timestamp> moment = to_timestamp(timestamp, "timestamp");
  const std::optional<std::string_view> user = to_username(username);
  const ChangeOptions options = to_change_options(expected_version, skip_unchanged, reason, request_id);
  const std::optional<Durability> mode = to_optional_durability(durability);
  const Data json(to_data(data));
  const Released released;
  return engine->store(key_text, json, item_text, collection_text, typed_value, moment, user, options, mode);
}

std::optional<Record> Store::find(nb::handle key, nb::handle collection_name, nb::handle item_name) const {
  const std::shared_ptr<CollectionFastPersist> engine = this->engine();
  const std::string_view key_text = to_name(key, "key");
  const std::string_view collection_text = to_optional_name(collection_name, "collection_name");
  const std::string_view item_text = to_optional_name(item_name, "item_name");
  // Giving the interpreter's lock away and fetching it again costs more than the look-up.
  if (auto found = engine->peek_item(key_text, collection_text, item_text)) return std::move(*found);
  const Released released;
  return engine->get_item(key_text, collection_text, item_text);
}

nb::object Store::get_item(nb::handle key, nb::handle collection_name, nb::handle item_name) {
  const std::optional<Record> found = find(key, collection_name, item_name);
  return found ? reader_.item(*found) : nb::none();
}

nb::object Store::get_record(nb::handle key, nb::handle collection_name, nb::handle item_name) {
  const std::optional<Record> found = find(key, collection_name, item_name);
  return found ? reader_.record(*found) : nb::none();
}

nb::object Store::get_key(nb::handle key, nb::handle collection_name) {
  const std::shared_ptr<CollectionFastPersist> engine = this->engine();
  const std::string_view key_text = to_name(key, "key");
  if (!collection_name.is_none()) {
    const std::string_view collection_text = to_name(collection_name, "collection_name");
    std::optional<Items> items;
    {
      const Released released;
      items = engine->get_key(key_text, collection_text);
    }
    return items ? reader_.items(*items) : nb::none();
  }
  std::optional<Collections> collections;
  {
    const Released released;
    collections = engine->get_key(key_text);
  }
  return collections ? reader_.collections(*collections) : nb::none();
}

void Store::give_up() {
  wait_interruptibly([engine = std::move(engine_)]() mutable { engine.reset(); });
}

}  // namespace cfp::python
