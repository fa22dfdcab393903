#pragma once

namespace cfp::support {

/// What is left after a crash.
enum class CrashMode {
  drop_unsynced,  ///< Power loss on the strictest disk: what was not synced is lost, names too.
  keep_all,  ///< SIGKILL: the system has all that was written. It is as unsynced as before, for a later power loss.
  random,    ///< Power loss where the seed decides for each write, each block of 512 bytes, each name.
};

}  // namespace cfp::support
