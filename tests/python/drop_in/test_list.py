"""The list of differences and the tests of them."""

from __future__ import annotations

import re
from pathlib import Path

import drop_in


def test_every_difference_in_the_list_has_a_test() -> None:
    listed = re.findall(r"^([a-z][a-z-]+): ", drop_in.__doc__ or "", re.MULTILINE)
    sources = [path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py")]
    tested = {entry for source in sources for entry in re.findall(r'^@differs\("([\w-]+)"\)', source, re.MULTILINE)}
    assert len(listed) == len(set(listed)) > 30
    assert tested == set(listed)
