#include "wal/segment_rewriter.h"

#include <algorithm>

#include "base/check.h"
#include "wal/segment_reader.h"

namespace cfp::wal {
namespace {

/// Gathers lines that follow one another, and parts them where a batch is not whole.
class RunCollector {
 public:
  explicit RunCollector(SegmentRemains& remains) : remains_(remains) {}

  void add(const Line& line, LineRun::Span span, bool is_behind_header) {
    const bool follows = !chain_.empty() && span.sequence == chain_.back().span.sequence + 1 &&
                         line.chain.previous_crc == chain_.back().crc;
    if (!follows) end_chain();
    chain_.push_back({span, line.record.batch, line.crc, line.chain.previous_crc, is_behind_header});
  }

  void end_chain() {
    for (std::size_t begin = 0, end = 0; begin < chain_.size(); begin = end) {
      const model::BatchMark& batch = chain_[begin].batch;
      end = begin + 1;
      while (batch.first != 0 && end < chain_.size() && chain_[end].batch.first == batch.first) ++end;
      const bool is_whole = batch.first == 0 ||
                            (chain_[begin].span.sequence == batch.first && chain_[end - 1].batch.count == end - begin);
      for (std::size_t i = begin; i < end; ++i) is_whole ? keep(chain_[i]) : drop(chain_[i].span);
    }
    end_run();
    chain_.clear();
  }
  void drop(const LineRun::Span& span) {
    end_run();
    remains_.lost_bytes += span.end - span.begin;
  }

 private:
  struct Held {
    LineRun::Span span;
    model::BatchMark batch;
    std::uint32_t crc;
    std::uint32_t previous_crc;
    bool is_behind_header;
  };
  void keep(const Held& held) {
    if (run_.lines.empty()) {
      run_.previous_crc = held.previous_crc;
      run_.is_behind_header = held.is_behind_header;
    }
    run_.lines.push_back(held.span);
  }
  void end_run() {
    if (!run_.lines.empty()) remains_.runs.push_back(std::move(run_));
    run_ = {};
  }

  SegmentRemains& remains_;
  std::vector<Held> chain_;
  LineRun run_;
};

}  // namespace

SegmentRemains read_remains(const std::string& bytes) {
  SegmentRemains remains;
  RunCollector runs(remains);
  SegmentReader reader{std::string(bytes)};
  std::uint64_t header_end = 0;
  std::uint64_t highest_kept = 0;
  for (auto step = reader.next(); step != SegmentReader::Step::end; step = reader.next()) {
    LineRun::Span place{reader.begin_offset(), reader.end_offset(), 0};
    if (step == SegmentReader::Step::bad || (reader.line().header && place.begin != 0)) {
      runs.end_chain();
      runs.drop(place);
      continue;
    }
    Line& line = reader.line();
    remains.highest_synced = std::max(remains.highest_synced, line.chain.synced);
    if (line.header) {
      header_end = place.end;
      remains.header = std::move(line);
      continue;
    }
    ++remains.records;
    place.sequence = line.record.sequence();
    remains.highest_sequence = std::max(remains.highest_sequence, place.sequence);
    if (place.sequence <= highest_kept) {
      remains.lost_bytes += place.end - place.begin;
      continue;
    }
    highest_kept = place.sequence;
    runs.add(line, place,
             remains.header && place.begin == header_end && place.sequence == remains.header->header->first &&
                 line.chain.previous_crc == remains.header->crc);
  }
  runs.end_chain();
  return remains;
}

SegmentText::SegmentText(SegmentHeader header, std::uint32_t previous_crc) : header_(std::move(header)) {
  crc_ = append_header(text_, header_, {header_.after, previous_crc});
}

void SegmentText::add(std::string_view line) {
  if (line.ends_with('\n')) line.remove_suffix(1);
  // The record's own text can have this only inside of `data`, which stands before it.
  static constexpr std::string_view kChainField = ",\"synced\":";
  const std::size_t chain = line.rfind(kChainField);
  CFP_CHECK(chain != std::string_view::npos);
  std::uint64_t synced = 0;
  for (std::size_t i = chain + kChainField.size(); i < line.size() && line[i] >= '0' && line[i] <= '9'; ++i) {
    synced = synced * 10 + static_cast<std::uint64_t>(line[i] - '0');
  }
  // What was known durable still is: it goes on telling a torn tail from damage.
  crc_ = append_line_again(text_, line.substr(0, chain), {std::max(synced, header_.after), crc_});
}

SegmentText rewrite_run(const std::string& bytes, const LineRun& run, const SegmentHeader& header,
                        std::uint32_t previous_crc) {
  SegmentText segment(header, previous_crc);
  for (const LineRun::Span& span : run.lines) {
    segment.add(std::string_view(bytes).substr(span.begin, span.end - span.begin));
  }
  return segment;
}

}  // namespace cfp::wal
