#include "failure.h"

#include "cfp/error.h"
#include "exit_code.h"
#include "locked_store.h"

namespace cfp::cli {
namespace {

/// Code and text; with --json as an object, on standard error like all that is no result.
void say(Console& console, std::string_view code, const std::string& text) {
  if (!console.json()) {
    console.error(text);
    return;
  }
  const std::string line = Data().set("error", code).set("message", text).text() + "\n";
  std::fwrite(line.data(), 1, line.size(), stderr);
}

int fail(const Arguments& arguments, Console& console, const CollectionFastPersistError& error) {
  std::string text = error.what();
  if (error.code() == ErrorCode::locked) text += what_can_be_read(arguments);
  if (error.code() == ErrorCode::corrupt) {
    text += "\n'" + arguments.program() + " verify' says what is damaged, what is safe, and what to do.";
  }
  say(console, to_string(error.code()), text);
  return exit_code_of(error.code());
}

}  // namespace

void report_usage(Console& console, const std::string& text) { say(console, "usage", text); }

int report_failure(const Arguments& arguments, Console& console, const std::string& usage_hint,
                   const std::function<int()>& command) {
  try {
    return command();
  } catch (const OutputClosed&) {
    return kOk;
  } catch (const Interrupted&) {
    return kInterrupted;
  } catch (const UsageError& error) {
    report_usage(console, std::string(error.what()) + "\n" + usage_hint);
    return kUsage;
  } catch (const NotFound& error) {
    say(console, "not_found", error.what());
    return kNotFound;
  } catch (const CollectionFastPersistError& error) {
    return fail(arguments, console, error);
  } catch (const std::exception& error) {
    say(console, "failure", error.what());
    return kFailure;
  }
}

}  // namespace cfp::cli
