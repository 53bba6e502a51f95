"""A served firm per module, and browsers of two sizes."""

from __future__ import annotations

import shutil
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import services
from tests.browser.person import Person, Site

ROOT = Path(__file__).resolve().parent.parent.parent
OUTPUT = ROOT / "tests" / "output"


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/login/", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, TimeoutError, ConnectionError):
        return False


@pytest.fixture(scope="module")
def site(_app: Any, _databases: Any) -> Iterator[Site]:
    """The application as it is served to people, on a fresh copy of the firm."""
    with services.private_directory() as directory:
        database = directory / "firm.db"
        shutil.copyfile(_databases.template, database)
        port = services.free_port()
        settings = {
            "PORT": str(port), "DATABASE_URL": f"sqlite:///{database}", "CRM_DATA": str(directory / "files"),
            "CRM_INSTANCE": str(directory), "SECRET_KEY": "browser-tests-" + "k" * 32, "CRM_ENV": "demo",
            "REDIS_URL": "", "WEB_CONCURRENCY": "1",
        }  # fmt: skip
        command = ["env", *(f"{name}={value}" for name, value in settings.items())]
        command += [str(Path(sys.executable).parent / "gunicorn"), "--chdir", str(ROOT)]
        server = services.start([*command, "--config", str(ROOT / "gunicorn.conf.py")], directory)
        with services.guarded(server, directory, "TERM"):
            url = f"http://127.0.0.1:{port}"
            services.wait_until(lambda: answers(url), server, directory)
            yield Site(url, database, OUTPUT)


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


@pytest.fixture(scope="module")
def office(site: Site) -> Iterator[Any]:
    """The cast acting on the served firm's database, to prepare what a story begins with."""
    from flask_babel import force_locale

    from app.core.base import db
    from tests import firm
    from tests.office import Office

    app = firm.build_app(f"sqlite:///{site.database}", site.database.parent)
    with app.app_context(), force_locale("zh"):
        yield Office()
        db.session.remove()
        db.engine.dispose()
