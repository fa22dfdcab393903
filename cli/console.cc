#include "console.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

#include "printable.h"

namespace cfp::cli {
namespace {

bool wants_color(Console::Color wish, bool terminal) {
  if (wish != Console::Color::automatic) return wish == Console::Color::always;
  const char* const no_color = std::getenv("NO_COLOR");  // https://no-color.org
  const char* const term = std::getenv("TERM");
  return terminal && (no_color == nullptr || *no_color == '\0') &&
         (term == nullptr || std::string_view(term) != "dumb");
}

std::string painted(Style style, std::string_view text) {
  static constexpr const char* kCodes[] = {"", "1", "2", "31", "32", "33", "36"};
  if (style == Style::plain) return std::string(text);
  return std::string("\033[") + kCodes[static_cast<int>(style)] + "m" + std::string(text) + "\033[0m";
}

/// Line by line, so that the newlines of a message stay and nothing else that moves a cursor does.
std::string printable_lines(std::string_view text) {
  std::string lines;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    if (begin != 0) lines += '\n';
    lines += printable(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

}  // namespace

Console::Console(Options options)
    : options_(options),
      output_is_terminal_(::isatty(STDOUT_FILENO) == 1),
      error_is_terminal_(::isatty(STDERR_FILENO) == 1),
      color_(wants_color(options.color, output_is_terminal_) && !options.json),
      error_color_(wants_color(options.color, error_is_terminal_)) {}

std::size_t Console::width() const {
  if (!output_is_terminal_) return SIZE_MAX;
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

void Console::write(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size()) return;
  if (errno == EPIPE) throw OutputClosed();
  throw std::runtime_error(std::string("Cannot write the results: ") + std::strerror(errno) +
                           ". Look after where standard output goes.");
}

void Console::line(std::string_view text) {
  write(text);
  write("\n");
}

void Console::flush() {
  if (std::fflush(stdout) == 0) return;
  if (errno == EPIPE) throw OutputClosed();
  throw std::runtime_error(std::string("Cannot write the results: ") + std::strerror(errno) +
                           ". Look after where standard output goes.");
}

void Console::say(Style style, std::string_view word, std::string_view text) {
  std::string line;
  if (!word.empty()) line = paint_error(style, word) + " ";
  line += printable_lines(text);
  line += '\n';
  std::fwrite(line.data(), 1, line.size(), stderr);
}

void Console::note(std::string_view text) {
  if (!options_.quiet) say(Style::plain, "", text);
}

void Console::warn(std::string_view text) {
  if (!options_.quiet) say(Style::yellow, "warning:", text);
}

void Console::error(std::string_view text) { say(Style::red, "error:", text); }

LogSink Console::log_sink() {
  return [this](LogLevel level, std::string_view text) {
    if (level != LogLevel::info) warn(text);
  };
}

std::string Console::paint(Style style, std::string_view text) const {
  return color_ ? painted(style, text) : std::string(text);
}

std::string Console::paint_error(Style style, std::string_view text) const {
  return error_color_ ? painted(style, text) : std::string(text);
}

bool Console::can_ask() const { return ::isatty(STDIN_FILENO) == 1 && error_is_terminal_; }

bool Console::ask(std::string_view question) {
  const std::string text = printable(question) + " [y/N] ";
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
  std::string answer;
  for (int c = std::getchar(); c != EOF && c != '\n'; c = std::getchar()) answer += static_cast<char>(c);
  return answer == "y" || answer == "Y" || answer == "yes";
}

}  // namespace cfp::cli
