#include "command.h"

namespace cfp::cli {

Command command_tree() {
  Command root{.name = "cfp", .summary = "Look into a store, change it, and mend it."};
  root.parts = {put_command(),
                get_command(),
                ls_command(),
                history_command(),
                diff_command(),
                del_command(),
                restore_item_command(),
                watch_command(),
                sql_command(),
                import_command(),
                export_command(),
                stats_command(),
                verify_command(),
                repair_command(),
                rebuild_history_command(),
                rebuild_latest_command(),
                backup_command(),
                restore_command(),
                list_backups_command(),
                wal_command(),
                bench_command(),
                completion_command(),
                version_command()};
  root.examples = {{"cfp put user_profile personal_info age --value 32", "stores an item"},
                   {"cfp get user_profile personal_info age", "shows it"},
                   {"cfp --base-dir /srv/store verify", "what is wrong, what is safe, what to do"}};
  return root;
}

const std::vector<Option>& common_options() {
  static const std::vector<Option> options = {
      {.names = "-b,--base-dir",
       .help = "Directory of the store. Default: $CFP_BASE_DIR, else ./collection_storage.",
       .value = "DIR",
       .offer = Offer::directories},
      {.names = "--json", .help = "For programs: one JSON object a line, with the keys of docs/command_line.md."},
      {.names = "-q,--quiet", .help = "Nothing on standard error but errors."},
      {.names = "--color",
       .help = "Whether to colour: auto, always or never.",
       .value = "WHEN",
       .choices = {"auto", "always", "never"}}};
  return options;
}

}  // namespace cfp::cli
