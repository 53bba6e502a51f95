"""Whether this node can serve: each part it needs is asked, and none may keep the answer waiting."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

from alembic.script import ScriptDirectory
from redis import Redis
from sqlalchemy.engine import Engine

from app.core.cache.per_process import cached_per_process
from app.core.db.unit_of_work import reading
from app.core.files.files import Storage
from app.operations.backup.back_up import revision_of
from app.operations.backup.stored_files import try_writing

PATIENCE = 1.0  # seconds for each part
OK = "ok"

Result = TypeVar("Result")
_asked: dict[str, Future[Any]] = {}  # by part: one that hangs is not asked again while it hangs


class NotAtHead(Exception):
    """The schema is another than this program's."""


def within(seconds: float, name: str, ask: Callable[[], Result]) -> Result:
    """The answer, when it comes in time.

    errors  TimeoutError; whatever `ask` raises
    """
    running = _asked.get(name)
    if running is None or running.done():
        running = _asked[name] = Future()
        threading.Thread(target=_answer, args=(running, ask), name=f"ready-{name}", daemon=True).start()
    found: Result = running.result(seconds)
    return found


def _answer(future: Future[Any], ask: Callable[[], Any]) -> None:
    try:
        future.set_result(ask())
    except Exception as error:
        future.set_exception(error)


def parts(engine: Engine, storage: Storage, redis_address: str, migrations: Path) -> dict[str, str]:
    """Each part and "ok" or what is wrong with it, without addresses, names or passwords."""
    asked: dict[str, Callable[[], None]] = {
        "database": lambda: _ask_schema(engine, migrations),
        "storage": lambda: try_writing(storage),
    }
    if redis_address:
        asked["redis"] = lambda: _ask_redis(redis_address)
    found = {name: _state(name, ask) for name, ask in asked.items()}
    # One look at the database answers two questions.
    found["schema"] = found["database"]
    if found["database"] == "not at head":
        found |= {"database": OK, "schema": "not at head: run crm init"}
    elif found["database"] != OK:
        found["schema"] = "unknown"
    return found


def _state(name: str, ask: Callable[[], None]) -> str:
    try:
        within(PATIENCE, name, ask)
    except TimeoutError:
        return "no answer in time"
    except NotAtHead:
        return "not at head"
    except Exception as error:  # only its kind: the text may hold an address with a password
        return f"failed: {type(error).__name__}"
    return OK


def _ask_schema(engine: Engine, migrations: Path) -> None:
    with reading(), engine.connect() as connection:
        revision = revision_of(connection)
    if revision != head(migrations):
        raise NotAtHead


@cached_per_process()
def head(migrations: Path) -> str:
    return ScriptDirectory(str(migrations)).get_current_head() or ""


def _ask_redis(address: str) -> None:
    client = Redis.from_url(address, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE)
    try:
        client.ping()
    finally:
        client.close()
