#pragma once

#include <nanobind/nanobind.h>

#include "cfp/collection_fast_persist.h"

namespace cfp::python {

/// The engine's config of a Python CollectionConfig, whose fields have the same names. Values of a wrong type are
/// refused with the name of the option; the engine checks their range.
CollectionConfig to_config(nanobind::handle config);
RepairOptions to_repair_options(nanobind::handle options);
RestoreOptions to_restore_options(nanobind::handle options);

}  // namespace cfp::python
