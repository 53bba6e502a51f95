"""A served application that kills itself where it is told: at a statement, just before COMMIT, or just after it.

    gunicorn -c tests/nodes/faults.py      the header X-Fault of a request says where
    FAULT_FILE=…                           the next job dies at the statement whose number stands in this file

All of it hangs on the engine's events from outside: the product has no fault points.
"""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path
from typing import Any

_here = threading.local()

wsgi_app = "tests.nodes.faults:application()"
bind = f"127.0.0.1:{os.environ.get('PORT', '8080')}"
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "1"))
threads = 4
preload_app = True  # a worker that died is there again at once
control_socket_disable = True
graceful_timeout = 2


def post_fork(server: Any, worker: Any) -> None:
    """No connection is shared between processes."""
    from app.core.db.base import db

    app = worker.app.wsgi()
    with app.app_context():
        db.engine.dispose(close=False)


def post_worker_init(worker: Any) -> None:
    from app import jobs

    jobs.LOOK_EVERY = 0.2
    jobs.start_runner(worker.app.wsgi())


def application() -> Any:
    from sqlalchemy import event

    from app import create_app
    from app.core.db.base import db

    app = create_app()
    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", _statement)
    event.listen(engine, "commit", lambda _connection: _reached("before_commit"))
    commit = engine.dialect.do_commit
    engine.dialect.do_commit = lambda connection: (commit(connection), _reached("after_commit"))

    @app.before_request
    def begin() -> None:
        from flask import request

        _here.wanted, _here.count = request.headers.get("X-Fault", ""), 0

    @app.after_request
    def tell(response: Any) -> Any:
        response.headers["X-Statements"] = str(_here.count)
        _here.wanted = ""
        return response

    return app


def _statement(_connection: Any, _cursor: Any, statement: str, *_facts: Any) -> None:
    _here.count = getattr(_here, "count", 0) + 1
    if threading.current_thread().name == "jobs":
        _kill_job(statement)
    elif getattr(_here, "wanted", "") == str(_here.count):
        _die()


def _kill_job(statement: str) -> None:
    """Counted from the statement that takes the job; the file is gone before we are."""
    file = Path(os.environ.get("FAULT_FILE", "/nonexistent"))
    if statement.startswith("UPDATE job SET state"):
        # Taken, or ended: what comes before the next one is taken belongs to no job.
        _here.count, _here.has_job = 0, "attempts" in statement and file.exists()
    elif getattr(_here, "has_job", False) and _here.count >= int(file.read_text() or "1000000"):
        file.unlink()
        _die()


def _reached(point: str) -> None:
    if getattr(_here, "wanted", "") == point:
        _die()


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
