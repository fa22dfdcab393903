"""Completions, tried in the shells that are there."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import List

import pytest
from conftest import PROGRAM, Cfp

CASES = [
    ("cfp export --fo", ["--format"]), ("cfp export --format ", ["csv", "jsonl", "parquet"]), ("cfp wal ", ["dump", "tail"]),
    ("cfp --base-dir /tmp w", ["wal", "watch"]), ("cfp completion ", ["bash", "fish", "zsh"]), ("cfp restore-it", ["restore-item"]),
]  # fmt: skip


def script(shell: str, path: Path) -> Path:
    path.write_text(subprocess.run([PROGRAM, "completion", shell], capture_output=True, text=True, check=True).stdout)
    return path


@pytest.mark.parametrize("line, expected", CASES)
def test_bash(line: str, expected: List[str], tmp_path: Path) -> None:
    words = line.split(" ")
    program = (
        f"source '{script('bash', tmp_path / 'cfp')}'; COMP_WORDS=({' '.join(map(repr, words))}); "
        f'COMP_CWORD={len(words) - 1}; _cfp; printf "%s\\n" "${{COMPREPLY[@]}}"'
    )
    done = subprocess.run(["bash", "-c", program], capture_output=True, text=True)
    assert (sorted(done.stdout.split()), done.stderr) == (expected, "")


@pytest.mark.skipif(shutil.which("fish") is None, reason="fish is not installed")
@pytest.mark.parametrize("line, expected", CASES)
def test_fish(line: str, expected: List[str], tmp_path: Path) -> None:
    done = subprocess.run(
        ["fish", "-c", f"source '{script('fish', tmp_path / 'cfp')}'; complete -C '{line}'"], capture_output=True, text=True)
    assert (sorted(found.split("\t")[0] for found in done.stdout.splitlines()), done.stderr) == (expected, "")


@pytest.mark.skipif(shutil.which("zsh") is None, reason="zsh is not installed")
def test_zsh(tmp_path: Path) -> None:
    path = script("zsh", tmp_path / "_cfp")
    program = (
        f"autoload -U compinit; compinit -u -D; source '{path}'; _describe() {{ print -- ${{(P)2}} }}; compadd() {{ print -- $@ }}\n"
        "words=(cfp wal ''); CURRENT=3; _cfp; words=(cfp export --format ''); CURRENT=4; _cfp"
    )
    done = subprocess.run(["zsh", "-fc", program], capture_output=True, text=True)
    assert "dump:" in done.stdout and "tail:" in done.stdout and "jsonl csv parquet" in done.stdout and done.stderr == ""


def test_a_shell_that_is_not_known_is_refused(cfp: Cfp) -> None:
    assert "bash, zsh, fish" in cfp("completion", "tcsh", code=2).err
