"""Private servers and browsers for tests: each on its own port and directory, gone when the tests are gone.

Nothing here uses a server that already runs on the machine. Each start is independent of the others, so every
process of a parallel run can have its own.
"""

from __future__ import annotations

import json
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import redis as redis_client
from selenium import webdriver

from tests.support.waiting import WaitedInVain, until

ROOM_IN_MEMORY = 4 * 1024**3

# The guard outlives the tests: its `read` ends when they say so, or when their end of the pipe closes because
# they were killed. It takes the server down and the directory with it, and asks twice before it kills.
GUARD = """
read -r _
kill -s "$1" -- "-$2" 2>/dev/null
for _ in {1..50}; do kill -0 -- "-$2" 2>/dev/null || break; sleep 0.1; done
kill -s KILL -- "-$2" 2>/dev/null
rm -rf -- "$3"
"""


class NotStarted(Exception):
    """A server or browser that tests need did not come up; the text ends with its own last words."""


@contextmanager
def postgresql() -> Iterator[str]:
    """A PostgreSQL cluster with an empty database, UTF-8, sorted by code point; yields its SQLAlchemy URL."""
    programs = postgresql_programs()
    # initdb and postgres refuse to run as root.
    user = "postgres" if os.geteuid() == 0 else None
    with private_directory(user) as directory:
        run(
            [f"{programs}/initdb", "-D", "cluster", "-U", "postgres", "-A", "trust", "-E", "UTF8"]
            + ["--locale=C.UTF-8", "--no-sync"],
            directory,
            user,
        )
        port = free_port()
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(port),
            "unix_socket_directories": str(directory),
            "timezone": "UTC",
            # Lost with the machine, which is fine for what a test writes, and several times faster.
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
        }
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        server = start([f"{programs}/postgres", "-D", "cluster", *options], directory, user)
        address = f"127.0.0.1:{port}/postgres"
        # SIGQUIT: stop at once without writing anything back.
        with guarded(server, directory, "QUIT"):
            wait_until(lambda: answers_sql(f"postgresql://postgres@{address}"), server, directory)
            yield f"postgresql+psycopg://postgres@{address}"


@contextmanager
def redis() -> Iterator[str]:
    """An empty Redis that writes nothing to disk; yields its URL."""
    with private_directory() as directory:
        port = free_port()
        options = {"port": str(port), "bind": "127.0.0.1", "save": "", "appendonly": "no"}
        command = [word for name, value in options.items() for word in (f"--{name}", value)]
        server = start([program("redis-server"), *command], directory)
        with guarded(server, directory, "TERM"):
            url = f"redis://127.0.0.1:{port}/0"
            wait_until(lambda: answers_ping(url), server, directory)
            yield url


@contextmanager
def chromium(width: int, height: int, dark: bool = False) -> Iterator[webdriver.Chrome]:
    """A headless browser whose page is exactly width × height CSS pixels; below 500 it is a phone with touch.

    It has a new profile, speaks Chinese, and records every request: see `requested_urls`.
    """
    with private_directory() as directory:
        service = webdriver.ChromeService(
            program("chromedriver"),
            log_output=str(directory / "log"),
            env={**os.environ, "LANGUAGE": "zh_CN"},  # what the browser itself says, in date fields for one
            popen_kw={"start_new_session": True},
        )
        driver = webdriver.Chrome(chromium_options(directory, width, height, dark), service)
        with guarded(service.process, directory, "TERM"):
            try:
                yield driver
            finally:
                driver.quit()


def requested_urls(driver: webdriver.Chrome) -> list[str]:
    """Addresses the browser asked for since the last call, oldest first, without data: and its own pages."""
    entries: list[dict[str, str]] = driver.get_log("performance")  # type: ignore[no-untyped-call]
    messages = [json.loads(entry["message"])["message"] for entry in entries]
    urls = [m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"]
    return [url for url in urls if not url.startswith(("data:", "blob:", "chrome:", "about:"))]


def transferred(driver: webdriver.Chrome) -> int:
    """Bytes that came over the line since the last look at the log: headers and bodies, as they were compressed."""
    entries: list[dict[str, str]] = driver.get_log("performance")  # type: ignore[no-untyped-call]
    messages = [json.loads(entry["message"])["message"] for entry in entries]
    return sum(int(m["params"]["encodedDataLength"]) for m in messages if m["method"] == "Network.loadingFinished")


def chromium_options(directory: Path, width: int, height: int, dark: bool) -> webdriver.ChromeOptions:
    phone = width < 500
    options = webdriver.ChromeOptions()
    options.binary_location = program("chromium")
    for flag in (
        "--headless=new",
        "--no-sandbox",  # the sandbox does not start for root
        "--disable-gpu",
        "--disable-dev-shm-usage",  # 64 MB in a container
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        f"--user-data-dir={directory}/profile",
        f"--window-size={width},{height}",
        f"--blink-settings={blink_settings(phone, dark)}",
    ):
        options.add_argument(flag)
    # The window has a frame even without a screen; only the metrics of a device fix the size of the page.
    metrics = {"width": width, "height": height, "pixelRatio": 1, "mobile": phone, "touch": phone}
    options.add_experimental_option("mobileEmulation", {"deviceMetrics": metrics})
    options.add_experimental_option("prefs", {"intl.accept_languages": "zh-CN,zh"})
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    return options


def blink_settings(phone: bool, dark: bool) -> str:
    """What media queries see: the wanted colours and, on a desk, a mouse even where there is none."""
    settings = {"preferredColorScheme": 0 if dark else 1}  # enumerated in Chromium: dark, light
    if not phone:
        settings |= dict.fromkeys(("primaryPointerType", "availablePointerTypes"), 4)  # fine
        settings |= dict.fromkeys(("primaryHoverType", "availableHoverTypes"), 2)  # hover
    return ",".join(f"{name}={value}" for name, value in settings.items())


@contextmanager
def private_directory(user: str | None = None) -> Iterator[Path]:
    """A new directory that only its owner can read, removed afterwards."""
    directory = Path(tempfile.mkdtemp(prefix="zhanggui-", dir=quick_place()))
    try:
        if user:
            shutil.chown(directory, user, pwd.getpwnam(user).pw_gid)
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def quick_place() -> str | None:
    """A place in memory when there is room: a test's database is copied for each test, and a slow disk would wait."""
    memory = Path("/dev/shm")
    if not os.access(memory, os.W_OK) or shutil.disk_usage(memory).free < ROOM_IN_MEMORY:
        return None
    return str(memory)


def start(command: list[str], directory: Path, user: str | None = None) -> subprocess.Popen[bytes]:
    """Start a server in its directory, in a process group of its own."""
    group = pwd.getpwnam(user).pw_gid if user else None
    with (directory / "log").open("ab") as log:
        return subprocess.Popen(
            command,
            cwd=directory,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            user=user,
            group=group,
            extra_groups=[] if user else None,
        )


@contextmanager
def guarded(server: subprocess.Popen[bytes], directory: Path, signal: str) -> Iterator[None]:
    """Stop the server and remove its directory at the end, even when this process is killed."""
    guard = subprocess.Popen(
        ["bash", "-c", GUARD, "guard", signal, str(server.pid), str(directory)],
        stdin=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        yield
    finally:
        assert guard.stdin is not None
        # A process forked by a test may hold the pipe open, so closing it alone would not be noticed.
        guard.stdin.write(b"\n")
        guard.stdin.close()
        # Reaped first: to the guard a process that nobody has waited for is still there.
        server.wait()
        guard.wait()


def wait_until(answers: Callable[[], bool], server: subprocess.Popen[bytes], directory: Path) -> None:
    """errors  NotStarted when the server has ended, or never answers"""
    try:
        until(lambda: server.poll() is not None or answers())
    except WaitedInVain as error:
        raise NotStarted(last_words(directory)) from error
    if server.poll() is not None:
        raise NotStarted(last_words(directory))


def last_words(directory: Path) -> str:
    return (directory / "log").read_text("utf-8", "replace")[-2000:]


def answers_sql(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def answers_ping(url: str) -> bool:
    client = redis_client.Redis.from_url(url)
    try:
        return bool(client.ping())
    except redis_client.ConnectionError:
        return False
    finally:
        client.close()


def run(command: list[str], directory: Path, user: str | None) -> None:
    server = start(command, directory, user)
    if server.wait() != 0:
        raise NotStarted(last_words(directory))


def postgresql_programs() -> str:
    """Directory of initdb and postgres; Debian keeps it out of PATH, one per version: the newest."""
    if found := shutil.which("initdb"):
        return str(Path(found).parent)
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not versions:
        raise NotStarted("PostgreSQL is not installed: run bin/setup test")
    return str(versions[-1].parent)


def program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise NotStarted(f"{name} is not installed: run bin/setup test")
    return found


def free_port() -> int:
    """A loopback port that nobody listens on; another process may still take it before it is used."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
