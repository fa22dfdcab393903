"""Storing, reading and deleting from the command line."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from conftest import PROGRAM, Cfp


def test_a_newcomer_is_helped_and_gets_a_result_by_the_examples(cfp: Cfp, tmp_path: Path) -> None:
    cfp.base_dir = tmp_path
    shown = cfp()
    assert "Usage: cfp" in shown.out and "cfp get user_profile personal_info age" in shown.out
    cfp.base_dir = tmp_path / "new"
    assert cfp("get", "k", code=3).err.startswith("error: There is no store in ")
    made = cfp("put", "user_profile", "personal_info", "age", "--value", 32)
    assert "Made a new store" in made.err and "version 1, sequence 1" in made.out
    assert "32" in cfp("get", "user_profile", "personal_info", "age").out


def test_every_command_has_examples_and_says_what_it_takes(cfp: Cfp) -> None:
    help_text = cfp("--help").out
    commands = [line.split()[0] for line in help_text.split("Subcommands:")[1].split("Examples:")[0].splitlines() if line.strip()]
    assert len(commands) == 23
    for command in [*commands, "wal dump", "wal tail"]:
        text = cfp(*command.split(), "--help").out
        assert "Examples:\n" in text and f"cfp {command}" in text, command


@pytest.mark.parametrize(
    "value, extra, typed",
    [("32", [], 32), ("-7", [], -7), ("1.5", [], 1.5), ("true", [], True), ("x y", [], "x y"), ("", [], ""),
     ("32", ["--type", "string"], "32"), ("7", ["--type", "float"], 7.0), ("9223372036854775808", [], "9223372036854775808")],
)  # fmt: skip
def test_values_keep_their_types(cfp: Cfp, value: str, extra: "list[str]", typed: object) -> None:
    cfp("put", "k", "c", "i", *([f"--value={value}"] if value else ["--value", ""]), *extra)
    found = cfp.json("get", "k", "c", "i").object["value"]
    assert (type(found), found) == (type(typed), typed)


HOSTILE = ["with space", "new\nline", "tab\there", "\N{GRINNING FACE}", "-dash", "--json", "", "'quote\"", "$(touch x)", "a/b", "é"]


@pytest.mark.parametrize("name", HOSTILE)
def test_any_name_is_stored_listed_and_found(cfp: Cfp, name: str) -> None:
    cfp("put", "--value", "v", "--", name, name, name)
    record = cfp.json("get", "--", name, name, name).object
    assert (record["key"], record["collection_name"], record["item_name"]) == (name, name, name)
    assert [row["key"] for row in cfp.json("ls").objects] == [name]
    listed = cfp("ls").lines
    assert len(listed) == 1, "one name, one line"
    assert "\x1b" not in listed[0] and "\t" not in listed[0]
    assert cfp.json("del", "--", name, name, name).object["deleted"] == 1
    cfp("get", "--", name, name, name, code=3)


def test_data_that_is_no_object_is_refused_with_what_to_write_instead(cfp: Cfp) -> None:
    for data in ("30", "[]", '{"a":1', "age=30", ""):
        refused = cfp("put", "k", "c", "i", data, code=2)
        assert '{"label":"Age"}' in refused.err and "--value" in refused.err, data
    assert not cfp.base_dir.exists()


def test_data_comes_as_an_argument_or_from_standard_input(cfp: Cfp) -> None:
    cfp("put", "k", "c", "i", '{"label": "Age", "x": [1, 2]}', "--username", "ann", "--timestamp", "2024-01-02T03:04:05Z")
    found = cfp.json("get", "k", "c", "i").object
    assert found["data"] == {"label": "Age", "x": [1, 2], "timestamp": "2024-01-02T03:04:05+00:00", "username": "ann"}
    cfp("put", "k", "c", "j", "-", input='{"from": "stdin"}')
    assert cfp.json("get", "k", "c", "j").object["data"]["from"] == "stdin"


def test_history_diff_versions_and_the_past(cfp: Cfp) -> None:
    for number in (1, 2, 3):
        cfp("put", "k", "c", "i", '{"n": %d}' % number, "--value", number, "--username", f"u{number}", "--reason", f"why {number}")
    cfp("del", "k", "c", "i", "--username", "eve")
    versions = cfp.json("history", "k", "c", "i").objects
    assert [(v["version"], v["deleted"], v["value"], v["reason"]) for v in versions] == [
        (4, True, None, None), (3, False, 3, "why 3"), (2, False, 2, "why 2"), (1, False, 1, "why 1")]
    assert [v["version"] for v in cfp.json("history", "k", "c", "i", "--limit", 2).objects] == [4, 3]
    assert cfp.json("get", "k", "c", "i", "--version", 2).object["value"] == 2
    assert cfp.json("get", "k", "c", "i", "--as-of", 2).object["value"] == 2
    assert cfp.json("get", "k", "c", "i", "--as-of", versions[1]["updated_at"]).object["value"] == 3
    cfp("get", "k", "c", "i", code=3)
    cfp("get", "k", "c", "i", "--version", 9, code=3)
    diff = cfp("diff", "k", "c", "i", 1, 3).out
    assert "- value: 1" in diff and "+ value: 3" in diff and "- data.n: 1" in diff and "+ data.n: 3" in diff
    cfp("restore-item", "k", "c", "i", 1)
    assert cfp.json("get", "k", "c", "i").object["value"] == 1
    plot = cfp("history", "k", "c", "i", "--plot").out
    assert "\N{FULL BLOCK}" in plot and "3" in plot


def test_a_repeated_request_and_an_expected_version(cfp: Cfp) -> None:
    first = cfp.json("put", "k", "c", "i", "--value", 1, "--request-id", "r").object["sequence"]
    assert cfp.json("put", "k", "c", "i", "--value", 2, "--request-id", "r").object["sequence"] == first
    cfp("put", "k", "c", "i", "--value", 2, "--expected-version", 1)
    late = cfp("put", "k", "c", "i", "--value", 3, "--expected-version", 1, code=4)
    assert "version 2" in late.err
    assert json.loads(cfp("put", "k", "c", "i", "--expected-version", 1, "--json", code=4).err)["error"] == "version_conflict"
    assert cfp.json("get", "k", "c", "i").object["value"] == 2


def test_queries_have_parameters_and_change_nothing(cfp: Cfp) -> None:
    for number in range(5):
        cfp("put", "k", "c", f"i{number}", "--value", number)
    rows = cfp.json("sql", "SELECT item_name, value_int FROM storage_latest WHERE value_int > ? ORDER BY value_int", "--param", 2).objects
    assert rows == [{"item_name": "i3", "value_int": 3}, {"item_name": "i4", "value_int": 4}]
    before = cfp.files()
    for statement in ("DELETE FROM storage_latest", "COPY storage_latest TO '/tmp/out.csv'", "ATTACH 'x'", "nonsense"):
        cfp("sql", statement, code=2)
    assert cfp.files() == before


@pytest.mark.parametrize(
    "arguments, words",
    [(["gte", "k"], "Did you mean 'get'?"), (["get"], "KEY"), (["get", "k", "--limit", "many"], "--limit"), (["ls", "--nonsense"], "--nonsense"),
     (["get", "k", "c", "i", "--version", "new"], "--version"), (["get", "k", "c", "i", "--as-of", "yesterday"], "--as-of"),
     (["put", "k", "c", "i", "{"], "data: "), (["put", "k", "c", "i", "--value", "x", "--type", "int"], "no int"),
     (["put", "k", "c", "i", "--type", "complex"], "--type"), (["wal"], ""), (["export", "x.xlsx"], "format"),
     (["put", "k", "c", "i", '{"a": 1, "a": 2}'], "a")],
)  # fmt: skip
def test_what_is_not_understood_is_named_with_the_next_step_and_changes_nothing(
    cfp: Cfp, arguments: "list[str]", words: str
) -> None:
    cfp("put", "k", "c", "i", "--value", 1)
    before = cfp.files()
    refused = cfp(*arguments, code=2)
    assert words in refused.err + refused.out
    assert cfp.files() == before


def test_commands_that_read_write_nothing(cfp: Cfp, tmp_path: Path) -> None:
    for number in (1, 2):
        cfp("put", "k", "c", "i", "--value", number)
    cfp("backup")
    before = cfp.files()
    for arguments in (
        ["get", "k"], ["ls"], ["ls", "k"], ["ls", "k", "c"], ["history", "k", "c", "i"], ["diff", "k", "c", "i", 1, 2],
        ["sql", "SELECT 1"], ["stats"], ["stats", "--prometheus"], ["verify"], ["verify", "--deep"], ["repair", "--dry-run"],
        ["list-backups"], ["wal", "dump"], ["wal", "tail", "--no-follow"], ["export", tmp_path / "x.csv"], ["watch", "--from", 0, "--limit", 1],
    ):  # fmt: skip
        cfp(*arguments)
        assert cfp.files() == before, arguments


def test_json_is_one_object_a_line_with_the_documented_keys(cfp: Cfp, tmp_path: Path) -> None:
    documented = (Path(__file__).resolve().parents[2] / "docs/command_line.md").read_text()
    for number in (1, 2):
        cfp("put", "k", "c", "i", '{"n": 1}', "--value", number)
    for arguments in (
        ["put", "k", "c", "j", "--value", 1], ["get", "k"], ["ls"], ["ls", "k"], ["ls", "k", "c"], ["history", "k", "c", "i"],
        ["diff", "k", "c", "i", 1, 2], ["del", "k", "c", "j"], ["restore-item", "k", "c", "j", 1], ["backup"], ["stats"], ["verify"],
        ["repair"], ["rebuild-history", "2025-12-24"], ["rebuild-latest"], ["list-backups"], ["export", tmp_path / "out.jsonl"],
        ["import", tmp_path / "out.jsonl"], ["restore", tmp_path / "restored"], ["watch", "--from", 0, "--limit", 2],
        ["bench", "--records", 100, "--threads", 2, "--in", tmp_path], ["version"],
    ):  # fmt: skip
        shown = cfp.json(*arguments)
        assert shown.lines, arguments
        section = documented.split(f"\n## {arguments[0]}\n", 1)
        assert len(section) == 2, f"no section on {arguments[0]}"
        words = section[1].split("\n## ", 1)[0]
        for found in shown.objects:
            missing = [key for key in found if f"`{key}`" not in words]
            assert not missing, (arguments, missing)


def test_quiet_says_only_errors(cfp: Cfp) -> None:
    assert cfp("put", "k", "c", "i", "--quiet").err == ""
    assert cfp("get", "x", "--quiet", code=3).err.startswith("error: ")


def test_the_directory_comes_from_the_environment_too(cfp: Cfp, tmp_path: Path) -> None:
    cfp("put", "k", "c", "i", "--value", 7)
    done = subprocess.run(
        [PROGRAM, "get", "k", "c", "i", "--json"], capture_output=True, env={**cfp.environment, "CFP_BASE_DIR": str(cfp.base_dir)})
    assert json.loads(done.stdout)["value"] == 7
