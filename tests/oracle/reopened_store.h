#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "oracle/opened_store.h"

namespace cfp::oracle {

/// One store without backups, which can be closed or killed and is there again.
class ReopenedStore : public ::testing::Test {
 protected:
  explicit ReopenedStore(std::vector<ExtraColumn> extra_schema = {}) : extra_schema_(std::move(extra_schema)) {
    open();
  }
  void open(bool read_only = false) {
    CollectionConfig config = calm_config(path());
    config.extra_schema = extra_schema_;
    config.backup_on_close = false;
    config.read_only = read_only;
    store_.emplace(kDay, config);
  }
  void reopen() {
    store_->close();
    store_.reset();
    open();
  }
  /// What a kill would leave, opened.
  void reopen_as_killed() {
    const fs::path from = path();
    ++kills_;
    copy_as_killed(from, path());
    store_.reset();
    open();
  }
  [[nodiscard]] fs::path path() const { return directory_.path() / ("store" + std::to_string(kills_)); }

  std::optional<CollectionFastPersist> store_;

 private:
  const support::TemporaryDirectory directory_;
  const std::vector<ExtraColumn> extra_schema_;
  int kills_ = 0;
};

}  // namespace cfp::oracle
