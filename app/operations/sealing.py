"""A thread of each serving process seals what was committed; of several at once, one adds the seal and the others rest.

Nobody waits for it. When it finds that the chain is not what it was it stops sealing and says so in the log, again
and again, until somebody has looked: docs/operations.md, “When”.
"""

from __future__ import annotations

import os
import random
import threading

import structlog
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from app.core.chain.key import MissingKey
from app.core.chain.sealing import ChainBroken, seal_new_rows
from app.core.db.base import db
from app.operations.chain import chain_memory

SEAL_EVERY = 20.0  # seconds

log = structlog.get_logger(__name__)

_sealers: dict[int, threading.Thread] = {}  # by process: a fork starts with none of its own


def start_sealer(app: Flask) -> threading.Thread:
    """Start the thread that seals; one per process, however often it is asked."""
    thread = _sealers.get(os.getpid())
    if thread is None or not thread.is_alive():
        thread = threading.Thread(target=keep_sealing, args=(app, threading.Event()), name="sealer", daemon=True)
        _sealers[os.getpid()] = thread
        thread.start()
    return thread


def keep_sealing(app: Flask, stop: threading.Event, every: float = SEAL_EVERY) -> None:
    """Seal until told to stop; processes that started together do not look at the same moment."""
    while not stop.wait(every * random.uniform(0.5, 1.5)):  # noqa: S311 - it spreads, and guards nothing
        seal_once(app)


def seal_once(app: Flask) -> None:
    """Seal all that waits; whatever goes wrong stands in the log."""
    try:
        with app.app_context():
            memory = chain_memory()
            while (made := seal_new_rows(db.engine, memory)) is not None:
                log.debug("sealed", seal=made.number)
                for table, state in made.state.items():
                    if state["refused"]:
                        log.error("rows_refused", security="rows_refused", table=table, rows=state["refused"])
    except ChainBroken as error:
        log.error("chain_broken", security="chain_broken", reason=str(error))
    except (MissingKey, ValueError, OSError) as error:
        log.error("not_sealed", security="not_sealed", reason=str(error))
    except SQLAlchemyError as error:
        log.warning("not_sealed_now", reason=str(error.__cause__ or error))
