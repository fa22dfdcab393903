#!/usr/bin/env bash
# sources.sh PATTERN ...: the project's own files that match, NUL-separated: tracked, or new and not ignored.
set -euo pipefail
cd "$(dirname "$0")/.."
git ls-files -z --cached --others --exclude-standard --deduplicate -- "$@" |
  while IFS= read -r -d '' file; do [ ! -f "$file" ] || printf '%s\0' "$file"; done
