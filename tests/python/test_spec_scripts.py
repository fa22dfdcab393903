"""The three scripts of the specification, run as it says, by its own commands."""

from __future__ import annotations

import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from spec_document import BLOCKS, ROOT

SCRIPTS = ROOT / "examples" / "spec"


def run(command: str, directory: Path) -> "subprocess.CompletedProcess[str]":
    """Runs `python SCRIPT ...` in a directory, which is not the script's."""
    python, script, *arguments = shlex.split(command)
    assert python == "python"
    return subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error", str(SCRIPTS / script), *arguments],
        cwd=directory, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", timeout=120,
    )


def run_well(command: str, directory: Path) -> str:
    done = run(command, directory)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    return done.stdout


def command(name: str) -> str:
    block = BLOCKS[name]
    assert block.language == "bash" and len(block.text.splitlines()) == 1
    return block.text


FUNCTIONAL = command("Basic Functional Test: python test_collection_fast_persist.py")
STAGES = [command(f"Crash Recovery Test: python test_collection_crash_recovery.py {stage}") for stage in (1, 2, 3)]
CLEAN_UP = command("Crash Recovery Test: python test_cleanup.py")
DIRECTORIES = ("collection_test_storage", "crash_test_collection")


def test_the_functional_test_passes_and_passes_again(tmp_path: Path) -> None:
    for _ in range(2):
        output = run_well(FUNCTIONAL, tmp_path)
        assert output.endswith("All tests passed.\n")
    assert [path.name for path in tmp_path.iterdir()] == ["collection_test_storage"]


def run_stages(directory: Path) -> None:
    first = run(STAGES[0], directory)
    assert first.returncode == -signal.SIGKILL and first.stderr == ""
    assert "FAILED" not in first.stdout
    for stage, words in ((STAGES[1], "all 24 records"), (STAGES[2], "latest has one row for each item")):
        output = run_well(stage, directory)
        assert words in output and output.endswith("passed.\n")


def test_the_three_stages_pass_over_a_real_kill(tmp_path: Path) -> None:
    run_stages(tmp_path)
    run_stages(tmp_path)  # on what the first run left
    assert [path.name for path in tmp_path.iterdir()] == ["crash_test_collection"]


def test_the_second_stage_fails_where_the_log_is_lost(tmp_path: Path) -> None:
    assert run(STAGES[0], tmp_path).returncode == -signal.SIGKILL
    (log,) = tmp_path.rglob("wal_000001.jsonl")
    log.unlink()
    done = run(STAGES[1], tmp_path)
    assert done.returncode == 1 and "passed" not in done.stdout


@pytest.mark.parametrize("stage", ["", "4", "1 2"])
def test_a_stage_that_is_none_gives_the_usage(stage: str, tmp_path: Path) -> None:
    done = run(f"python test_collection_crash_recovery.py {stage}", tmp_path)
    assert done.returncode == 1 and STAGES[0] in done.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("stage", STAGES[1:])
def test_a_later_stage_asks_for_the_first(stage: str, tmp_path: Path) -> None:
    done = run(stage, tmp_path)
    assert done.returncode == 1 and "run stage 1 first" in done.stderr
    assert not list(tmp_path.iterdir())


def test_clean_up_removes_both_directories_and_nothing_else(tmp_path: Path) -> None:
    run_well(FUNCTIONAL, tmp_path)
    run(STAGES[0], tmp_path)
    (tmp_path / "mine").write_text("stays")
    assert all((tmp_path / name).is_dir() for name in DIRECTORIES)
    for _ in range(2):
        run_well(CLEAN_UP, tmp_path)
        assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_clean_up_by_hand_removes_both_directories(tmp_path: Path) -> None:
    run_well(FUNCTIONAL, tmp_path)
    run(STAGES[0], tmp_path)
    by_hand = BLOCKS["Crash Recovery Test: # Unix/Linux/Mac:"].text.splitlines()[1]
    assert by_hand == "rm -rf ./collection_test_storage ./crash_test_collection"
    subprocess.run(by_hand, shell=True, check=True, cwd=tmp_path)
    assert not list(tmp_path.iterdir())


def test_pytest_takes_none_of_the_examples_for_its_own() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--collect-only", "-q", str(ROOT / "examples")],
        cwd=ROOT, stdout=subprocess.PIPE, encoding="utf-8", timeout=120,
    )
    assert done.returncode == pytest.ExitCode.NO_TESTS_COLLECTED, done.stdout
