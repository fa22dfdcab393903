"""examples/fastapi_app.py as a user runs it: a server process, an HTTP client, a kill, and a second server."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Dict, Iterator, List

import pytest

pytest.importorskip("fastapi", reason="fastapi is not installed")
pytest.importorskip("uvicorn", reason="uvicorn is not installed")
httpx = pytest.importorskip("httpx", reason="httpx is not installed")

from collection_fast_persist import CollectionConfig, CollectionFastPersist, list_backups  # noqa: E402

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


class Server:
    """A server process, which listens on a port of its own."""

    def __init__(self, items: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-X", "dev", "-m", "uvicorn", "fastapi_app:app", "--app-dir", EXAMPLES, "--port", "0",
             "--timeout-graceful-shutdown", "1"],
            env={**os.environ, "ITEMS_DIR": str(items)}, cwd=items.parent,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, encoding="utf-8",
        )
        self.lines: List[str] = []
        self.url = ""
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.lines.append(line)
            running = re.search(r"running on (http://\S+)", line)
            if running:
                self.url = running.group(1)
                break
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        self.lines.extend(self.process.stderr)

    def end(self, by: signal.Signals) -> int:
        self.process.send_signal(by)
        return self.wait()

    def wait(self) -> int:
        """The exit status, once the process has ended."""
        status = self.process.wait(timeout=60)
        self._reader.join()
        assert self.process.stderr is not None
        self.process.stderr.close()
        return status

    @property
    def log(self) -> str:
        return "".join(self.lines)


class Servers:
    def __init__(self, items: Path) -> None:
        self.items = items
        self._all: List[Server] = []

    def start(self) -> Server:
        self._all.append(Server(self.items))
        return self._all[-1]

    def end(self) -> None:
        for server in self._all:
            server.end(signal.SIGKILL)


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[Servers]:
    made = Servers(tmp_path / "items")
    yield made
    made.end()


def get(server: Server, path: str) -> Any:
    answer = httpx.get(server.url + path)
    return answer.json() if answer.status_code == 200 else answer.status_code


def without_time(item: Dict[str, Any]) -> Dict[str, Any]:
    return {name: value for name, value in item.items() if name not in ("timestamp", "updated_at", "version", "sequence")}


def test_items_and_collections_are_stored_and_read(servers: Servers) -> None:
    server = servers.start()
    body = {"data": {"label": "Age"}, "value": 32, "username": "ada"}
    answer = httpx.post(server.url + "/items/form/input/age", json=body)
    assert (answer.status_code, answer.json()) == (201, {"sequence": 1})
    item = get(server, "/items/form/input/age")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", item["timestamp"])
    assert without_time(item) == {"label": "Age", "value": 32, "username": "ada"}

    values = {"int": 1, "float": 1.0, "text": "1", "bool": True, "none": None}
    answer = httpx.post(server.url + "/collections/form/types", json={name: {"value": v} for name, v in values.items()})
    assert (answer.status_code, answer.json()) == (201, [{"sequence": number} for number in range(2, 7)])
    found = get(server, "/collections/form/types")
    assert list(found) == list(values)
    assert [repr(item["value"]) for item in found.values()] == [repr(value) for value in values.values()]
    assert get(server, "/stats")["last_sequence"] == 6


def test_what_is_missing_is_404_and_what_is_refused_is_422_with_its_place(servers: Servers) -> None:
    server = servers.start()
    assert get(server, "/items/form/input/age") == 404
    assert get(server, "/collections/form/input") == 404
    for body, words in (
        ('{"data": {"list": [1, NaN]}}', "data.list[1]: "),
        ('{"value": 18446744073709551616}', "value: "),
        ('{"data": {"status_int": "high"}}', "status_int"),
    ):
        headers = {"content-type": "application/json"}
        answer = httpx.post(server.url + "/items/form/input/age", content=body, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_record")
        assert words in answer.json()["detail"]
    answer = httpx.post(server.url + "/items/form/input/%00", json={})
    assert answer.status_code == 422
    assert get(server, "/collections/form/input") == 404


def test_requests_that_arrive_together_are_all_stored_once(servers: Servers) -> None:
    server = servers.start()

    async def store_all() -> List[int]:
        async with httpx.AsyncClient(base_url=server.url, timeout=60) as client:
            answers = await asyncio.gather(*(
                client.post(f"/items/key/async/{number}", json={"data": {"n": number}, "value": number})
                for number in range(200)
            ))
        assert {answer.status_code for answer in answers} == {201}
        return [answer.json()["sequence"] for answer in answers]

    def store_some(number: int) -> List[int]:
        body = {f"{number}-{item}": {"value": item} for item in range(10)}
        answer = httpx.post(f"{server.url}/collections/key/sync", json=body, timeout=60)
        assert answer.status_code == 201
        return [stored["sequence"] for stored in answer.json()]

    with ThreadPoolExecutor(8) as pool:
        others = [pool.submit(store_some, number) for number in range(20)]
        sequences = asyncio.run(store_all(), debug=False)  # -X dev sets it, and then the client takes ten times as long
        for other in others:
            sequences += other.result()
    assert sorted(sequences) == list(range(1, 401))
    assert {name: item["value"] for name, item in get(server, "/collections/key/async").items()} == {
        str(number): number for number in range(200)}
    assert len(get(server, "/collections/key/sync")) == 200


def test_two_people_on_one_form_do_not_overwrite_each_other(servers: Servers) -> None:
    server = servers.start()
    url = server.url + "/items/form/input/email"

    def post(value: str, **headers: str) -> Any:
        return httpx.post(url, json={"value": value}, headers={name.replace("_", "-"): text for name, text in headers.items()})

    assert post("ann@a.org", if_none_match="*").status_code == 201
    assert post("bob@b.org", if_none_match="*").status_code == 412
    seen = httpx.get(url).headers["etag"]
    assert post("ann@c.org", if_match=seen).status_code == 201
    late = post("bob@b.org", if_match=seen)
    assert (late.status_code, late.json()["code"], late.headers["etag"]) == (412, "version_conflict", '"2"')
    assert post("bob@b.org", if_match="*no tag*").status_code == 422
    assert get(server, "/items/form/input/email")["value"] == "ann@c.org"


def test_a_client_that_lost_the_answer_asks_again(servers: Servers) -> None:
    server = servers.start()

    def order() -> int:
        answer = httpx.post(
            servers_url[0] + "/items/shop/orders/next", json={"value": 1}, headers={"Idempotency-Key": "order 17"})
        assert answer.status_code == 201
        sequence: int = answer.json()["sequence"]
        return sequence

    servers_url = [server.url]
    assert [order(), order()] == [1, 1]
    server.end(signal.SIGKILL)
    servers_url[0] = servers.start().url
    assert order() == 1


def test_changes_are_told_as_they_happen_and_none_is_missed_by_a_restart(servers: Servers) -> None:
    def next_events(stream: Any, count: int) -> List[Dict[str, Any]]:
        events: List[Dict[str, Any]] = []
        lines: Dict[str, str] = {}
        for line in stream.iter_lines():
            if line:
                name, _, text = line.partition(": ")
                lines[name] = text
            else:
                assert lines["event"] == "change"
                events.append({"id": int(lines["id"]), **json.loads(lines["data"])})
                if len(events) == count:
                    break
        return events

    server = servers.start()
    with httpx.stream("GET", server.url + "/changes?prefix=form", timeout=60) as stream:
        for key in ("form", "other", "form2"):
            assert httpx.post(f"{server.url}/items/{key}/input/age", json={"value": 32, "username": "ada"}).status_code == 201
        events = next_events(stream, 2)
        assert [(event["id"], event["key"], event["item_name"]) for event in events] == [(1, "form", "age"), (3, "form2", "age")]
        assert events[0]["version"]["item"]["value"] == 32 and events[0]["version"]["username"] == "ada"
        assert server.end(signal.SIGINT) in (0, -signal.SIGINT)
    assert "Application shutdown complete" in server.log  # though a client was listening

    server = servers.start()
    httpx.post(f"{server.url}/items/form/input/name", json={"value": "x"})
    with httpx.stream("GET", server.url + "/changes", headers={"Last-Event-ID": "1"}, timeout=60) as stream:
        assert [event["id"] for event in next_events(stream, 3)] == [2, 3, 4]


def test_what_was_answered_is_there_after_a_kill(servers: Servers) -> None:
    server = servers.start()
    answered: Dict[str, int] = {}
    enough = threading.Event()

    async def store_until_the_server_is_gone(worker: int, client: Any) -> None:
        number = 0
        while True:
            name = f"{worker}-{number}"
            body = {"data": {"of": worker}, "value": number}
            try:
                answer = await client.post(f"/items/key/collection/{name}", json=body)
            except httpx.HTTPError:
                return
            assert answer.status_code == 201
            answered[name] = number
            number += 1
            if len(answered) >= 100:
                enough.set()

    async def store_from_many_tasks() -> None:
        async with httpx.AsyncClient(base_url=server.url, timeout=60) as client:
            await asyncio.gather(*(store_until_the_server_is_gone(worker, client) for worker in range(16)))

    def kill_it() -> None:
        if enough.wait(timeout=60):
            assert server.end(signal.SIGKILL) == -signal.SIGKILL

    killer = threading.Thread(target=kill_it)
    killer.start()
    asyncio.run(store_from_many_tasks(), debug=False)
    killer.join()
    assert len(answered) >= 100

    found = get(servers.start(), "/collections/key/collection")
    for name, number in answered.items():
        assert without_time(found[name]) == {"of": int(name.split("-")[0]), "value": number}
    assert len(found) <= len(answered) + 16  # those whose answers the kill cut off


def test_a_server_that_is_told_to_end_closes_its_store(servers: Servers) -> None:
    server = servers.start()
    httpx.post(server.url + "/items/key/collection/item", json={"value": 1})
    assert server.end(signal.SIGINT) in (0, -signal.SIGINT)  # uvicorn ends by the signal it was sent
    assert "Application shutdown complete" in server.log
    assert "ResourceWarning" not in server.log and "Traceback" not in server.log.split("shutdown complete")[0]
    (backup,) = list_backups(servers.items, verify=True)
    assert (backup.problem, backup.watermark) == ("", 1)
    with CollectionFastPersist("2025-12-24", config=CollectionConfig(base_dir=servers.items)) as storage:
        assert storage.get_stats()["recovered_records"] == 0


def test_a_second_server_on_the_same_directory_says_who_has_it_and_ends(servers: Servers) -> None:
    server = servers.start()
    httpx.post(server.url + "/items/key/collection/item", json={"value": 1})
    second = servers.start()
    assert second.wait() not in (0, None)
    assert second.url == ""
    assert "Another instance is already running for date" in second.log
    assert f"It is held by pid {server.process.pid} " in second.log
    assert without_time(get(server, "/items/key/collection/item")) == {"value": 1}
