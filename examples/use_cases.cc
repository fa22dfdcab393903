// The three use cases of the specification: a profile with typed values, a form, a classroom of 30 seats. Each is
// stored, read back and compared, then all of it once more after closing and opening again.
//
// use_cases [DIR]

#include <cfp/collection_fast_persist.h>

#include <filesystem>
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

struct Expected {
  std::string key, collection, item;
  cfp::Data data;
  cfp::Value value;
};

std::vector<Expected> profile() {
  const char* const key = "user_profile";
  const char* const collection = "personal_info";
  const auto label = [](const char* text) {
    return cfp::Data().set("label", text).set("timestamp", "2025-01-15T10:30:00+00:00");
  };
  return {
      {key, collection, "age", label("Age").set("status", "valid").set("username", "john_doe"), 32},
      {key, collection, "height", label("Height"), 1.75},
      {key, collection, "name", label("Name"), "John Doe"},
      {key, collection, "nickname", label("Nickname"), cfp::Value{}},
  };
}

std::vector<Expected> form() {
  const auto field = [](const char* name, const char* label, cfp::Value value) {
    return Expected{"registration_form", "user_input", name, cfp::Data().set("label", label), std::move(value)};
  };
  return {field("full_name", "Full Name", "John Doe"), field("email", "Email", "john@example.com"),
          field("phone", "Phone", "555-1234"), field("age", "Age", 32), field("subscribe", "Subscribe", true)};
}

std::vector<Expected> classroom() {
  std::vector<Expected> seats;
  for (int seat = 1; seat <= 30; ++seat) {
    const std::string student = "STU" + std::to_string(1000 + seat);
    seats.push_back({"classroom_seating", "room_a", "seat_" + std::to_string(seat),
                     cfp::Data()
                         .set("student_id", student)
                         .set("assigned_by", "teacher_smith")
                         .set("timestamp", "2025-01-15T08:00:00+01:00"),
                     seat});
  }
  return seats;
}

void require(bool holds, const std::string& what) {
  if (!holds) throw std::runtime_error("disagrees: " + what);
}

// Every field that was given is there unchanged; the store may have added its own.
void compare(const cfp::Record& record, const Expected& expected) {
  const std::string where = expected.key + " / " + expected.collection + " / " + expected.item;
  require(record.item_name() == expected.item, where + ", item name");
  require(record.value() == expected.value, where + ", value");
  for (const std::string& name : expected.data.names()) {
    require(record.data().get_json(name) == expected.data.get_json(name), where);
  }
}

void check(cfp::CollectionFastPersist& storage, const std::vector<Expected>& expected) {
  const auto items = storage.get_key(expected.front().key, expected.front().collection);
  require(items.has_value() && items->size() == expected.size(), expected.front().key + ", number of items");
  for (std::size_t i = 0; i < expected.size(); ++i) {
    compare((*items)[i], expected[i]);  // items come in the order of their first store
    const auto item = storage.get_item(expected[i].key, expected[i].collection, expected[i].item);
    require(item.has_value(), expected[i].item + " is missing");
    compare(*item, expected[i]);
  }
}

void run(const std::filesystem::path& directory) {
  cfp::CollectionConfig config;
  config.base_dir = directory;
  const std::vector<std::vector<Expected>> cases = {profile(), form(), classroom()};
  {
    cfp::CollectionFastPersist storage(cfp::Date::today(), config);
    for (const auto& use_case : cases) {
      for (const Expected& e : use_case) storage.store(e.key, e.data, e.item, e.collection, e.value);
      check(storage, use_case);
    }
    storage.close();
  }
  cfp::CollectionFastPersist storage(cfp::Date::today(), config);
  for (const auto& use_case : cases) {
    check(storage, use_case);
    std::cout << use_case.front().key << ": " << use_case.size() << " items agree, before and after a restart\n";
  }
  storage.close();
}

}  // namespace

int main(int argc, char** argv) try {
  const std::filesystem::path directory =
      argc > 1 ? std::filesystem::path(argv[1]) : std::filesystem::temp_directory_path() / "cfp_use_cases";
  std::filesystem::remove_all(directory);
  run(directory);
} catch (const std::exception& error) {
  std::cerr << "use_cases: " << error.what() << '\n';
  return 1;
}
