#include "items.h"

#include <array>
#include <cstdio>

namespace cfp::bench {
namespace {

constexpr std::array<const char*, 4> kCities = {"Springfield", "Rotterdam", "Heidelberg", "Birmingham"};
constexpr std::array<const char*, 4> kStates = {"valid", "pending", "reviewed", "rejected"};

template <class... Arguments>
std::string format(const char* pattern, Arguments... arguments) {
  std::array<char, 512> text;
  const int size = std::snprintf(text.data(), text.size(), pattern, arguments...);
  return {text.data(), static_cast<std::size_t>(size)};
}

}  // namespace

std::uint64_t scramble(std::uint64_t number) noexcept {
  number += 0x9e3779b97f4a7c15ULL;
  number = (number ^ (number >> 30U)) * 0xbf58476d1ce4e5b9ULL;
  number = (number ^ (number >> 27U)) * 0x94d049bb133111ebULL;
  return number ^ (number >> 31U);
}

Item make_item(std::uint64_t index, std::uint64_t revision) {
  const std::uint64_t key = index / kItemsPerCollection;
  const std::uint64_t noise = scramble(index + (revision << 40U));
  Item item;
  item.key = format("customer_account_%08u", static_cast<unsigned>(key));
  item.collection_name = format("payment_history_2025_q%u", static_cast<unsigned>(1 + key % 4));
  item.item_name = format("monthly_installment_%04u", static_cast<unsigned>(index % kItemsPerCollection));
  item.data = Data(
      format(R"({"label":"Installment %u","status":"%s","status_int":%u,"amount":%u.%02u,"count":%u,"approved":%s,)"
             R"("reviewer":null,"due":"2025-06-30T12:00:00+02:00","tags":["retail","monthly"],)"
             R"("address":{"city":"%s","zip":"%05u"},"reference":"%016llx"})",
             static_cast<unsigned>(index % 1000), kStates[noise % 4], static_cast<unsigned>(noise % 4),
             static_cast<unsigned>(noise % 10000), static_cast<unsigned>(noise / 7 % 90 + 10),
             static_cast<unsigned>(noise / 11 % 100), noise % 2 == 0 ? "true" : "false", kCities[noise / 13 % 4],
             static_cast<unsigned>(noise / 17 % 100000), static_cast<unsigned long long>(noise)));
  switch (index % 4) {
    case 0:
      item.value = static_cast<std::int64_t>(noise % 100000);
      break;
    case 1:
      item.value = static_cast<double>(noise % 100000) / 100 + 0.005;
      break;
    case 2:
      item.value = format("value %u", static_cast<unsigned>(noise % 100000));
      break;
    default:
      break;
  }
  return item;
}

std::vector<Item> make_items(std::uint64_t count, std::uint64_t first) {
  std::vector<Item> items;
  items.reserve(count);
  for (std::uint64_t i = 0; i < count; ++i) items.push_back(make_item(first + i));
  return items;
}

std::string sql_of_item_columns() {
  return R"sql(
    format('customer_account_{:08d}', i // 10) AS "key",
    'payment_history_2025_q' || (1 + (i // 10) % 4) AS collection_name,
    format('monthly_installment_{:04d}', i % 10) AS item_name,
    format('{{"label":"Installment {}","status":"valid","status_int":{},"amount":{}.5,"count":{},"approved":true,' ||
           '"reviewer":null,"due":"2025-06-30T12:00:00+02:00","tags":["retail","monthly"],"address":' ||
           '{{"city":"Springfield","zip":"{:05d}"}},"reference":"{:016x}","timestamp":"2025-06-30T12:00:00+00:00"}}',
           i % 1000, (hash(i) % 4)::BIGINT, (hash(i) % 10000)::BIGINT, (hash(i) // 11 % 100)::BIGINT,
           (hash(i) // 17 % 100000)::BIGINT, (hash(i) // 2)::BIGINT) AS "data",
    CASE WHEN i % 4 = 0 THEN (hash(i) % 100000)::BIGINT END AS value_int,
    CASE WHEN i % 4 = 1 THEN (hash(i) % 100000) / 100 END AS value_float,
    CASE WHEN i % 4 = 2 THEN 'value ' || (hash(i) % 100000) END AS value_string,
    TIMESTAMP '2025-06-30 12:00:00' AS "timestamp", 'valid' AS status, (hash(i) % 4)::INTEGER AS status_int,
    NULL::VARCHAR AS username, TIMESTAMP '2025-06-30 12:00:00' AS updated_at, 1 AS "version")sql";
}

std::uint64_t store_item(CollectionFastPersist& store, const Item& item) {
  return store.store(item.key, item.data, item.item_name, item.collection_name, item.value);
}

}  // namespace cfp::bench
