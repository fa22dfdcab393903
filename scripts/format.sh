#!/usr/bin/env bash
# Formats every C++ source in place.
set -euo pipefail
cd "$(dirname "$0")/.."
bash scripts/install_tools.sh lint
bash scripts/sources.sh '*.cc' '*.h' | xargs -0 clang-format-14 -i
