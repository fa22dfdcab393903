"""The code blocks and tables of docs/specification.md, and a way to run a block as the program of a user."""

from __future__ import annotations

import os
import pickle
import re
import signal
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, List, Sequence

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs" / "specification.md"


@dataclass(frozen=True)
class Block:
    section: str
    language: str
    text: str

    @property
    def name(self) -> str:
        """Section and first line. That changes with what the block is about, so whoever lists it has to look again."""
        return f"{self.section}: {self.text.splitlines()[0]}"


def read_blocks(text: str) -> List[Block]:
    blocks = []
    section = ""
    language = None
    lines: List[str] = []
    for line in text.splitlines():
        fence = re.fullmatch(r"\s*```(\w*)", line)
        if fence is None:
            heading = re.match(r"#+ (.*)", line)
            if language is not None:
                lines.append(line)
            elif heading is not None:
                section = heading.group(1).replace("`", "")
        elif language is None:
            language, lines = fence.group(1), []
        else:
            blocks.append(Block(section, language, textwrap.dedent("\n".join(lines))))
            language = None
    assert language is None, "the last code block has no end"
    return blocks


BLOCKS: Dict[str, Block] = {block.name: block for block in read_blocks(DOCUMENT.read_text(encoding="utf-8"))}


def read_table(first_column: str) -> List[List[str]]:
    """The rows of the table whose first heading that is; each cell without back-quotes."""
    lines = DOCUMENT.read_text(encoding="utf-8").splitlines()
    (start,) = (number for number, line in enumerate(lines) if line.startswith(f"| {first_column} |"))
    rows = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip().replace("`", "") for cell in line.strip("|").split("|")])
    return rows


def run(source: str, directory: Path, *, is_killed: bool = False) -> str:
    """Runs a program in a process and a directory of its own, and returns what it printed.

    Nothing may be written to its error stream; `is_killed`: it ends by SIGKILL.
    """
    script = directory / "program.py"
    script.write_text(source, encoding="utf-8")
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        [sys.executable, "-u", "-X", "dev", "-W", "error", str(script)],
        cwd=directory, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", timeout=120,
    )
    assert done.stderr == "", f"{source}\n{done.stderr}"
    assert done.returncode == (-signal.SIGKILL if is_killed else 0), source
    return done.stdout


KILL_ITSELF = "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n"


@dataclass
class Ran:
    """A block that ran: where, what it printed, and what its variables were at its end."""

    directory: Path
    output: str
    values: Dict[str, Any]


def run_block(
    block: Block, directory: Path, *, earlier: str, preamble: str, variables: Sequence[str], is_killed: bool
) -> Ran:
    """Runs a block behind its preamble. `earlier`: a program that ran in this directory before, and was killed."""
    if earlier:
        run(earlier + KILL_ITSELF, directory, is_killed=True)
    shown = "".join(f"{name!r}: {name}, " for name in variables)
    ending = f"import pickle\nwith open('variables', 'wb') as file: pickle.dump({{{shown}}}, file)\n"
    source = "\n".join([preamble, block.text, ending, KILL_ITSELF if is_killed else ""])
    output = run(source, directory, is_killed=is_killed)
    return Ran(directory, output, pickle.loads((directory / "variables").read_bytes()))
