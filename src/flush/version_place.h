#pragma once

#include "base/check.h"
#include "model/record.h"
#include "tables/rows.h"

namespace cfp::flush {

/// The record with its place among the versions of its item, whose base a load or a flush must have learnt.
inline tables::VersionedRecord versioned(const model::Record& record) {
  const model::VersionLink& link = record.link;
  if (!link.base) return {&record, link.step, link.previous_sequence};
  const auto base = link.base->get();
  CFP_CHECK(base.has_value());
  return {&record, base->version + link.step, link.step == 1 ? base->sequence : link.previous_sequence};
}

}  // namespace cfp::flush
