#include "tables/arrow_stream.h"

#include <cerrno>
#include <exception>
#include <new>
#include <string>
#include <utility>

namespace cfp::tables {
namespace {

/// What the stream's callbacks find in `private_data`.
struct Stream {
  std::unique_ptr<QueryResult::Source> source;
  std::string last_error;
};

Stream& stream_of(ArrowArrayStream* out) { return *static_cast<Stream*>(out->private_data); }

/// No exception may leave a callback: its caller need not be C++.
template <class Work>
int run(Stream& stream, const Work& work) noexcept {
  try {
    work();
    stream.last_error.clear();
    return 0;
  } catch (const std::bad_alloc&) {
    stream.last_error.clear();
    return ENOMEM;
  } catch (const std::exception& error) {
    try {
      stream.last_error = error.what();
    } catch (...) {
      stream.last_error.clear();
    }
    return EIO;
  }
}

int get_schema(ArrowArrayStream* self, ArrowSchema* out) {
  Stream& stream = stream_of(self);
  return run(stream, [&] { stream.source->write_schema(*out); });
}

int get_next(ArrowArrayStream* self, ArrowArray* out) {
  Stream& stream = stream_of(self);
  return run(stream, [&] {
    if (!stream.source->next_batch(*out)) out->release = nullptr;  // the end, as the specification has it
  });
}

const char* get_last_error(ArrowArrayStream* self) {
  const std::string& error = stream_of(self).last_error;
  return error.empty() ? nullptr : error.c_str();
}

void release(ArrowArrayStream* self) {
  const std::unique_ptr<Stream> owned(&stream_of(self));
  self->private_data = nullptr;
  self->release = nullptr;
}

}  // namespace

void make_arrow_stream(std::unique_ptr<QueryResult::Source> source, ArrowArrayStream& out) {
  auto stream = std::make_unique<Stream>(Stream{std::move(source), {}});
  out = {get_schema, get_next, get_last_error, release, stream.release()};
}

}  // namespace cfp::tables
