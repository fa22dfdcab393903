"""A web service that keeps its items in one store.

    uvicorn fastapi_app:app --app-dir examples --timeout-graceful-shutdown 5

http://127.0.0.1:8000/docs shows the calls. The time-out is for clients of /changes, which has no end of its own.

ITEMS_DIR names the directory (default ./items). A call answers 201 when its record is on disk: kill the server at any
moment, start it again, and everything that was answered is there.

Two people on one form: a GET answers with the item's version as its ETag, and a POST with that in `If-Match` is refused
with 412 if somebody has stored in between (`If-None-Match: *`: if the item is there at all). A client that lost the
answer sends its POST again with the same `Idempotency-Key`, and gets the first answer, with nothing stored twice.
GET /changes tells of every change as it happens (server-sent events); who comes back says what it saw last, in
`Last-Event-ID`, as browsers do by themselves, and misses nothing, not even by a restart.

One process writes
------------------
A store has its items in memory, and one process owns it, by a lock. So a read is a look-up, with nobody to ask whether
it is still true, and requests that arrive together share one sync of the disk, which costs more than all else in a
write. With several processes there would be neither.

- Run one worker, as `uvicorn` does by default. `--workers 4` starts four processes of which one gets the store; the
  others end with "Another instance is already running", which says who has it.
- Where one core is not enough for what else the service does (templates, images, calls to other services), run that in
  any number of workers, and let them ask this one by HTTP. Or divide: one store, and one such process, for each tenant.
- `--reload` works. It starts the new process when the old one has ended, and that one closes the store.
- Do not open the store at import time: whatever imports this module, a test or a reloader, would take the lock. The
  lifespan below opens it in the process that serves, after any fork, and closes it when the last request is answered.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from contextlib import asynccontextmanager
from typing import Any, AsyncIterator, Dict, List, Optional, Union

from fastapi import FastAPI, Header, HTTPException, Request, Response
from fastapi.encoders import jsonable_encoder
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel

from collection_fast_persist import (
    Change,
    CollectionConfig,
    CollectionFastPersist,
    CollectionFastPersistError,
    ExtraSchemaError,
    InvalidArgumentError,
    InvalidRecordError,
    VersionConflictError,
    WatchEvent,
)

ItemFields = Dict[str, Any]


class NewItem(BaseModel):
    data: ItemFields = {}
    value: Union[bool, int, float, str, None] = None
    username: Optional[str] = None


class Stored(BaseModel):
    sequence: int


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    config = CollectionConfig(base_dir=os.environ.get("ITEMS_DIR", "./items"))
    storage = CollectionFastPersist(dt.date.today(), config=config)
    app.state.storage = storage
    try:
        yield
    finally:
        await storage.close_async()  # makes a backup; raises if anything could not be brought to the tables


app = FastAPI(title="Items", lifespan=lifespan)


def storage_of(request: Request) -> CollectionFastPersist:
    storage: CollectionFastPersist = request.app.state.storage
    return storage


@app.exception_handler(CollectionFastPersistError)
async def answer_error(request: Request, error: Exception) -> JSONResponse:
    """What the caller sent and cannot be stored is 422; all else, such as a full disk, is 503: it may work later."""
    if isinstance(error, VersionConflictError):
        headers = {"ETag": etag(error.current_version)}
        return JSONResponse({"code": error.code, "detail": str(error)}, status_code=412, headers=headers)
    refused = isinstance(error, (InvalidRecordError, InvalidArgumentError, ExtraSchemaError))
    code = error.code if isinstance(error, CollectionFastPersistError) else "internal"
    return JSONResponse({"code": code, "detail": str(error)}, status_code=422 if refused else 503)


def etag(version: int) -> str:
    return f'"{version}"'


def version_of(if_match: Optional[str], if_none_match: Optional[str]) -> Optional[int]:
    """The version that the caller expects, 0 for no item at all; None where it did not say."""
    if if_none_match == "*":
        return 0
    if if_match is None:
        return None
    text = if_match.strip('"')
    if not text.isascii() or not text.isdigit():
        raise HTTPException(422, "If-Match must be the ETag of a GET")
    return int(text)


@app.post("/items/{key}/{collection}/{item}", status_code=201)
async def store_item(
    request: Request,
    key: str,
    collection: str,
    item: str,
    new: NewItem,
    if_match: Optional[str] = Header(None),
    if_none_match: Optional[str] = Header(None),
    idempotency_key: Optional[str] = Header(None),
) -> Stored:
    """An async endpoint: its task waits for the disk, together with all others that do, and the event loop goes on."""
    sequence = await storage_of(request).store_async(
        key, new.data, item, collection, new.value, username=new.username,
        expected_version=version_of(if_match, if_none_match), request_id=idempotency_key,
    )  # fmt: skip
    return Stored(sequence=sequence)


@app.get("/items/{key}/{collection}/{item}")
def read_item(request: Request, response: Response, key: str, collection: str, item: str) -> ItemFields:
    """With `version`, `sequence` and `updated_at`. No async: the first read of a collection loads it, and FastAPI runs
    this in a thread."""
    found = storage_of(request).get_record(key, collection, item)
    if found is None:
        raise HTTPException(404, "no such item")
    response.headers["ETag"] = etag(found["version"])
    return found


@app.get("/changes")
async def watch_changes(
    request: Request, prefix: str = "", last_event_id: Optional[int] = Header(None, ge=0)
) -> StreamingResponse:
    """Every change of keys with that prefix, from now on, or behind the last one that the client saw."""
    watcher = storage_of(request).watch(prefix, from_sequence=last_event_id)

    async def stream() -> AsyncIterator[str]:
        async with watcher:
            async for event in watcher:
                yield text_of(event)

    return StreamingResponse(stream(), media_type="text/event-stream")


def text_of(event: WatchEvent) -> str:
    """As browsers' EventSource reads it; numbers that no record has, as a repair may leave them, are a `gap`."""
    name = "change" if isinstance(event, Change) else "gap"
    return f"id: {event.sequence}\nevent: {name}\ndata: {json.dumps(jsonable_encoder(event))}\n\n"


@app.post("/collections/{key}/{collection}", status_code=201)
def store_items(request: Request, key: str, collection: str, items: Dict[str, NewItem]) -> List[Stored]:
    """A sync endpoint, in a thread: each store() waits for the disk. Where one is refused, those before it stay."""
    storage = storage_of(request)
    return [
        Stored(sequence=storage.store(key, new.data, item, collection, new.value, username=new.username))
        for item, new in items.items()
    ]


@app.get("/collections/{key}/{collection}")
def read_items(request: Request, key: str, collection: str) -> Dict[str, ItemFields]:
    found = storage_of(request).get_key(key, collection)
    if found is None:
        raise HTTPException(404, "no such collection")
    return found


@app.get("/stats")
def read_stats(request: Request) -> Dict[str, Any]:
    """What to watch: docs/operations.md says which numbers ask for a person."""
    return storage_of(request).get_stats()
