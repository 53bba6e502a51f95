"""A served firm per module, and browsers of two sizes."""

from __future__ import annotations

import logging
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.serving import make_server

from tests.browser.person import Person, Site
from tests.support import firm, services

OUTPUT = Path(__file__).resolve().parent.parent / "output"


@contextmanager
def serving(app: Flask, database: Path) -> Iterator[Site]:
    """The application at an address of its own: threads of this process serve it and run its jobs."""
    from app import jobs
    from app.core.db.base import db

    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # not a line per request
    server = make_server("127.0.0.1", 0, app, threaded=True)
    stop = threading.Event()
    threads = [threading.Thread(target=server.serve_forever), threading.Thread(target=jobs.look, args=(app, stop))]
    for thread in threads:
        thread.start()
    yield Site(f"http://127.0.0.1:{server.server_port}", database, OUTPUT)
    stop.set()
    server.shutdown()
    for thread in threads:
        thread.join()
    server.server_close()
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture(scope="module")
def served(_app: Flask, databases: Any) -> Iterator[tuple[Flask, Site]]:
    """The application and its address, on a copy of the firm."""
    with services.private_directory() as directory:
        database = directory / "firm.db"
        shutil.copyfile(databases.template(), database)
        app = firm.build_app(f"sqlite:///{database}", directory)
        with serving(app, database) as site:
            yield app, site


@pytest.fixture(scope="module")
def site(served: tuple[Flask, Site]) -> Site:
    return served[1]


@pytest.fixture(scope="module")
def office(served: tuple[Flask, Site]) -> Iterator[Any]:
    """The cast acting on the served firm's database, to prepare what a story begins with."""
    from flask_babel import force_locale

    from app.core.db.base import db
    from tests.support.office import Office

    with served[0].app_context(), force_locale("zh"):
        yield Office()
        db.session.remove()


@pytest.fixture(scope="session")  # opening and closing one costs seconds; signing in begins with no cookies
def _desk_browser() -> Iterator[Any]:
    with services.chromium(1440, 900) as driver:
        yield driver


@pytest.fixture(scope="session")
def _phone_browser() -> Iterator[Any]:
    with services.chromium(390, 844) as driver:
        yield driver


@pytest.fixture
def desk(site: Site, _desk_browser: Any) -> Person:
    """Somebody at a desk; sign_in() says who."""
    return Person(_desk_browser, site, "desk")


@pytest.fixture
def phone(site: Site, _phone_browser: Any) -> Person:
    """Somebody with a phone in one hand."""
    return Person(_phone_browser, site, "phone")


@pytest.fixture
def lin(desk: Person) -> Person:
    """林晓 at a desk, signed in, with no draft kept from before."""
    desk.sign_in("lin")
    desk.leave("/password")
    desk.forget_drafts()
    return desk
