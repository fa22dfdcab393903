#pragma once

namespace cfp::tables {

/// A copy, synced, that becomes a table by one rename. The destructor removes what was not put in place.
class StagedTable {
 public:
  virtual ~StagedTable() = default;
  /// What was there must have been set aside, and the table not opened since the copy was made.
  virtual void put_in_place() = 0;
};

}  // namespace cfp::tables
