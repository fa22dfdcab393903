// The only file that knows simdjson.
//
// walk() parses into simdjson's tape first and hands the parts on afterwards: a visitor therefore never sees a part of
// a document that is not valid JSON (of one nested too deep it sees the beginning). simdjson checks the grammar, UTF-8,
// surrogate pairs and the range of numbers; nesting is counted here, since its own limit counts otherwise. It says
// hardly where a fault is, so a refused document is looked through once more (json_fault.h) for the message.

#include "base/json.h"

#include <simdjson.h>

#include <cstring>
#include <memory>

#include "base/json_fault.h"

namespace cfp::json {
namespace {

using simdjson::dom::element;
using simdjson::dom::element_type;

/// Memory for parsing one document.
struct Scratch {
  simdjson::dom::parser parser;
  std::unique_ptr<char[]> padded;  // simdjson reads up to SIMDJSON_PADDING bytes behind the text
  std::size_t capacity = 0;
  bool in_use = false;

  const char* copy(std::string_view text) {
    if (capacity < text.size() + simdjson::SIMDJSON_PADDING) {
      const std::size_t size = text.size() + text.size() / 2 + simdjson::SIMDJSON_PADDING;
      padded = std::make_unique<char[]>(size);
      capacity = size;
    }
    if (!text.empty()) std::memcpy(padded.get(), text.data(), text.size());
    std::memset(padded.get() + text.size(), ' ', simdjson::SIMDJSON_PADDING);
    return padded.get();
  }
};

/// The scratch memory of a walk: the thread's own, or one of its own where that is in use (a visitor that walks) or
/// would grow too much to be kept by every thread (simdjson takes some 20 bytes for each byte of a text).
class Loan {
 public:
  explicit Loan(std::size_t text_size) {
    // Allocating a parser costs more than parsing a small document does; it is memory only and carries nothing over.
    thread_local Scratch shared;
    if (shared.in_use || text_size > kLargestShared) {
      own_ = std::make_unique<Scratch>();
      scratch_ = own_.get();
    } else {
      scratch_ = &shared;
    }
    scratch_->in_use = true;
  }
  ~Loan() { scratch_->in_use = false; }
  Loan(const Loan&) = delete;
  Loan& operator=(const Loan&) = delete;

  Scratch& operator*() const noexcept { return *scratch_; }

 private:
  static constexpr std::size_t kLargestShared = 64 * 1024;
  std::unique_ptr<Scratch> own_;
  Scratch* scratch_;
};

class Walk {
 public:
  Walk(Visitor& visitor, int max_depth) : visitor_(visitor), max_depth_(max_depth) {}

  /// False when the nesting is too deep.
  bool value(const element& e, int depth) {
    switch (e.type()) {
      case element_type::OBJECT:
        return object(e, depth + 1);
      case element_type::ARRAY:
        return array(e, depth + 1);
      case element_type::STRING:
        visitor_.string(e.get_string().value_unsafe());
        return true;
      case element_type::INT64:
        visitor_.integer(e.get_int64().value_unsafe());
        return true;
      case element_type::UINT64:
        visitor_.unsigned_integer(e.get_uint64().value_unsafe());
        return true;
      case element_type::DOUBLE:
        visitor_.real(e.get_double().value_unsafe());
        return true;
      case element_type::BOOL:
        visitor_.boolean(e.get_bool().value_unsafe());
        return true;
      case element_type::NULL_VALUE:
        visitor_.null();
        return true;
    }
    return false;
  }

 private:
  bool object(const element& e, int depth) {
    if (depth > max_depth_) return false;
    visitor_.begin_object();
    const simdjson::dom::object fields = e.get_object().value_unsafe();
    for (const auto field : fields) {
      visitor_.field(field.key);
      if (!value(field.value, depth)) return false;
    }
    visitor_.end_object();
    return true;
  }
  bool array(const element& e, int depth) {
    if (depth > max_depth_) return false;
    visitor_.begin_array();
    const simdjson::dom::array items = e.get_array().value_unsafe();
    for (const element item : items) {
      if (!value(item, depth)) return false;
    }
    visitor_.end_array();
    return true;
  }

  Visitor& visitor_;
  int max_depth_;
};

[[noreturn]] void refuse(std::string_view text, int max_depth, const char* otherwise) {
  const std::string fault = find_fault(text, max_depth);
  throw Error(fault.empty() ? std::string(otherwise) : fault);
}

}  // namespace

void walk(std::string_view text, Visitor& visitor, int max_depth) {
  const Loan loan(text.size());
  Scratch& scratch = *loan;
  element root;
  const auto error = scratch.parser.parse(scratch.copy(text), text.size(), false).get(root);
  if (error != simdjson::SUCCESS) refuse(text, max_depth, simdjson::error_message(error));
  if (!Walk(visitor, max_depth).value(root, 0)) refuse(text, max_depth, "nested too deep");
}

bool is_utf8(std::string_view text) noexcept { return simdjson::validate_utf8(text.data(), text.size()); }

}  // namespace cfp::json
