#include "recovery/repair_plan.h"

#include <sstream>

#include "base/failpoint.h"

namespace cfp::recovery {
namespace {

constexpr const char* kList = "renames";

/// One line of the list: what, then names. Ours have neither spaces nor line breaks in them.
///   place STAGED DIRECTORY NAME
///   aside DIRECTORY NAME TO
///   replace NAME TO              (the staged file has the same name)
std::string list_of(const RepairPlan& plan) {
  std::ostringstream list;
  for (std::size_t i = 0; i < plan.files.size(); ++i) {
    list << "place " << i << " " << plan.files[i].directory << " " << plan.files[i].name << "\n";
  }
  for (const RepairPlan::Aside& aside : plan.asides) {
    if (aside.directory == kBaseItself && aside.name == plan.replacement) {
      list << "replace " << aside.name << " " << aside.to << "\n";
    } else {
      list << "aside " << aside.directory << " " << aside.name << " " << aside.to << "\n";
    }
  }
  const bool stands_alone = list.str().find("replace ") == std::string::npos;
  if (!plan.replacement.empty() && stands_alone) {
    list << "place " << plan.replacement << " " << kBaseItself << " " << plan.replacement << "\n";
  }
  return list.str();
}

void write_file(os::Directory& directory, const std::string& name, const std::string& bytes) {
  const auto file = directory.open(name, os::OpenMode::create);
  file->write(0, bytes);
  file->sync();
}

class Finisher {
 public:
  explicit Finisher(os::Directory& base) : base_(base), staged_(base.open_directory(kWholeRepair, false)) {}

  void run() {
    const auto list = staged_->open(kList, os::OpenMode::read);
    std::istringstream lines(list->read(0, list->size()));
    for (std::string what, a, b, c; lines >> what;) {
      if (what == "place") {
        lines >> a >> b >> c;
        place(a, b, c);
      } else if (what == "aside") {
        lines >> a >> b >> c;
        aside(a, b, c);
      } else {
        lines >> a >> b;
        // Once the new file is in place, the name is its own.
        if (staged_->contains(a)) aside(kBaseItself, a, b);
        place(a, kBaseItself, a);
      }
      CFP_FAILPOINT("repair.renamed");
    }
  }

 private:
  void place(const std::string& staged, const std::string& directory, const std::string& name) {
    if (!staged_->contains(staged)) return;
    if (directory == kBaseItself) {
      staged_->move(staged, base_, name);
      base_.sync();
    } else {
      const auto target = base_.open_directory(directory, true);
      staged_->move(staged, *target, name);
      target->sync();
    }
    staged_->sync();
  }
  void aside(const std::string& directory, const std::string& name, const std::string& to) {
    const auto opened = directory == kBaseItself ? nullptr : base_.open_directory(directory, false);
    os::Directory& target = opened ? *opened : base_;
    if (!target.contains(name)) return;
    target.rename(name, to);
    target.sync();
  }

  os::Directory& base_;
  const std::unique_ptr<os::Directory> staged_;
};

}  // namespace

std::unique_ptr<os::Directory> begin_repair(os::Directory& base) {
  os::remove_tree(base, kHalfMadeRepair);
  return base.open_directory(kHalfMadeRepair, true);
}

void commit_repair(os::Directory& base, os::Directory& half_made, const RepairPlan& plan) {
  for (std::size_t i = 0; i < plan.files.size(); ++i) {
    write_file(half_made, std::to_string(i), plan.files[i].bytes);
    CFP_FAILPOINT("repair.segment_written");
  }
  write_file(half_made, kList, list_of(plan));
  half_made.sync();
  CFP_FAILPOINT("repair.before_commit");
  base.rename(kHalfMadeRepair, kWholeRepair);
  base.sync();
  CFP_FAILPOINT("repair.after_commit");
  finish_repair(base);
}

bool is_repair_under_way(os::Directory& base) { return base.contains(kWholeRepair); }

void finish_repair(os::Directory& base) {
  if (!is_repair_under_way(base)) return;
  if (base.open_directory(kWholeRepair, false)->contains(kList)) Finisher(base).run();
  CFP_FAILPOINT("repair.before_end");
  os::remove_tree(base, kWholeRepair);
  base.sync();
  CFP_FAILPOINT("repair.done");
}

}  // namespace cfp::recovery
