#pragma once

#include <atomic>
#include <cstddef>
#include <string>
#include <string_view>

#include "cfp/config.h"
#include "cfp/data.h"

namespace cfp::cli {

/// How a piece of text looks on a terminal that has colours.
enum class Style { plain, bold, dim, red, green, yellow, cyan };

/// Nobody reads the results any more (`cfp ls | head -1`): the command ends, quietly and in order.
class OutputClosed {};

/// Where a command writes: results to standard output, all else to standard error.
/// Threads: one at a time, but `message`, which any may call.
class Console {
 public:
  enum class Color { automatic, always, never };
  struct Options {
    bool json = false, quiet = false;
    Color color = Color::automatic;
  };

  explicit Console(Options options);

  /// For programs: one JSON object a line.
  [[nodiscard]] bool json() const { return options_.json; }
  [[nodiscard]] bool quiet() const { return options_.quiet; }
  [[nodiscard]] bool output_is_terminal() const { return output_is_terminal_; }
  /// Whether a progress bar is wanted and can be drawn.
  [[nodiscard]] bool shows_progress() const { return error_is_terminal_ && !options_.quiet && !options_.json; }
  /// Columns of the terminal; no bound where the output is none.
  [[nodiscard]] std::size_t width() const;

  /// A line of results; the newline is added. Throws OutputClosed.
  void line(std::string_view text);
  void object(const Data& object) { line(object.text()); }
  /// Raw results.
  void write(std::string_view text);
  /// All that was written is out. Throws OutputClosed, or std::runtime_error where the output takes no more.
  void flush();

  /// For people, on standard error; not with --quiet.
  void note(std::string_view text);
  void warn(std::string_view text);
  /// Errors come with --quiet, too.
  void error(std::string_view text);
  /// What the store reports, at and above warning.
  [[nodiscard]] LogSink log_sink();

  /// `text` in that style, where results are coloured.
  [[nodiscard]] std::string paint(Style style, std::string_view text) const;
  [[nodiscard]] std::string paint_error(Style style, std::string_view text) const;

  /// Asks yes or no on the terminal; false where there is none to ask.
  [[nodiscard]] bool can_ask() const;
  [[nodiscard]] bool ask(std::string_view question);

 private:
  void say(Style style, std::string_view word, std::string_view text);

  const Options options_;
  const bool output_is_terminal_, error_is_terminal_;
  bool color_, error_color_;
};

}  // namespace cfp::cli
