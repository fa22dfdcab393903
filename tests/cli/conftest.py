"""`cfp` as people and scripts run it: real processes, and a real terminal where one matters."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("CFP_PROGRAM", str(ROOT / "build/dev/cli/cfp"))


class Outcome:
    """What a run printed, and its exit code."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def lines(self) -> List[str]:
        return self.out.splitlines()

    @property
    def objects(self) -> List[Dict[str, Any]]:
        return [json.loads(line) for line in self.lines]

    @property
    def object(self) -> Dict[str, Any]:
        (found,) = self.objects
        return found


class Terminal:
    """A process whose standard input, output and error are one terminal, or some of them."""

    def __init__(self, command: List[str], environment: Dict[str, str], columns: int, out: bool) -> None:
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        self.process = subprocess.Popen(
            command, stdin=theirs, stdout=theirs if out else subprocess.DEVNULL, stderr=theirs, env=environment,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )  # fmt: skip
        os.close(theirs)
        self.text = ""

    def read_until(self, part: str, seconds: float = 60) -> str:
        end = time.monotonic() + seconds
        while part not in self.text:
            assert time.monotonic() < end, f"{part!r} did not come: {self.text!r}"
            if not self._read(0.2) and self.process.poll() is not None:
                assert part in self.text, f"{part!r} did not come: {self.text!r}"
        return self.text

    def type(self, text: str) -> None:
        os.write(self._ours, text.encode())

    def end(self) -> int:
        while self._read(0.2) or self.process.poll() is None:
            pass
        os.close(self._ours)
        return self.process.wait(60)

    def _read(self, seconds: float) -> bool:
        ready, _, _ = select.select([self._ours], [], [], seconds)
        if not ready:
            return False
        try:
            data = os.read(self._ours, 65536)
        except OSError:  # the other end is closed
            return False
        self.text += data.decode(errors="replace")
        return bool(data)


class Cfp:
    """Runs commands on one store."""

    def __init__(self, base_dir: Path) -> None:
        self.base_dir = base_dir
        self.environment = {name: text for name, text in os.environ.items() if name not in ("NO_COLOR", "CFP_BASE_DIR")}
        self.environment["TERM"] = "xterm"

    def command(self, *arguments: object) -> List[str]:
        return [PROGRAM, "--base-dir", str(self.base_dir), *map(str, arguments)]

    def __call__(self, *arguments: object, code: Optional[int] = 0, input: str = "", **environment: str) -> Outcome:
        done = subprocess.run(
            self.command(*arguments), input=input, capture_output=True, encoding="utf-8", timeout=300,
            env={**self.environment, **environment},
        )  # fmt: skip
        if code is not None:
            assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
        return Outcome(done.returncode, done.stdout, done.stderr)

    def json(self, *arguments: object, code: int = 0) -> Outcome:
        return self("--json", *arguments, code=code)

    def terminal(
        self, *arguments: object, columns: int = 80, out: bool = True, also: Optional[Dict[str, str]] = None
    ) -> Terminal:
        return Terminal(self.command(*arguments), {**self.environment, **(also or {})}, columns, out)

    def start(self, *arguments: object) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            self.command(*arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", env=self.environment)

    def files(self) -> Dict[str, Tuple[int, bytes]]:
        """Every file with its bytes: what a command that only reads leaves as it was."""
        return {
            str(path.relative_to(self.base_dir)): (path.stat().st_mtime_ns, path.read_bytes())
            for path in self.base_dir.rglob("*") if path.is_file()
        }  # fmt: skip


@pytest.fixture
def cfp(tmp_path: Path) -> Cfp:
    return Cfp(tmp_path / "a store")


def interrupt(process: "subprocess.Popen[Any]") -> None:
    process.send_signal(signal.SIGINT)
