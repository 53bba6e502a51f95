"""Pages at 1 M orders, asked of all systems in turn, round after round, so that a busy machine is busy for all."""

from __future__ import annotations

import random
import re
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from urllib.parse import quote

import psycopg

from bench.client import Client, NotAnswered
from bench.cluster import HOME, sqlalchemy_url
from bench.firms import database_of
from bench.servers import server
from tests.support.firm import PASSWORD

WARMING = 14
PEERS = HOME / "venv" / "bin" / "python"
OURS, FLOOR, SHELLED, DJANGO, FAB = "ours", "floor", "shelled floor", "Django admin", "FAB tuned"


@dataclass(frozen=True)
class Sample:
    """What is asked for: an order of five lines from the middle, and names of customers to search for parts of.

    name   of the order's customer: the larger the firm, the more rows there are to draw, up to a page
    often  of the customer with most orders: a whole page at every size, so that only the table grows
    """

    key: int
    number: str
    owner: int
    name: str
    often: str
    last_page: int


@dataclass(frozen=True)
class Page:
    """One page and its address in every system; a system that does not have it is left out."""

    name: str
    addresses: dict[str, str]


@dataclass
class Timed:
    """Seconds of one page in one system, its bytes and its rows, where they are ours."""

    seconds: list[float] = field(default_factory=list)
    size: int = 0
    rows: int = 0

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    @property
    def spread(self) -> float:
        """Half of what lies between the quartiles."""
        first, _second, third = statistics.quantiles(self.seconds, n=4)
        return (third - first) / 2


def sample(address: str, orders: int) -> Sample:
    with psycopg.connect(address + database_of(orders)) as connection:
        query = """SELECT o.id, o.number, o.owner_id, c.name FROM sales_order o JOIN customer c ON c.id = o.customer_id
                   WHERE o.id >= %s AND c.kind = 'company' AND o.status = 'ended' ORDER BY o.id LIMIT 1"""
        key, number, owner, name = connection.execute(query, (orders // 2,)).fetchone() or (0, "", 0, "")
        query = """SELECT c.name FROM sales_order o JOIN customer c ON c.id = o.customer_id WHERE c.kind = 'company'
                   GROUP BY c.id, c.name ORDER BY count(*) DESC, c.id LIMIT 1"""
        (often,) = connection.execute(query).fetchone() or ("",)
    return Sample(key, number, owner, name, often, (orders - 1) // 50)


def pages(known: Sample) -> list[Page]:
    ours, django, fab = "/salesorder/", "/admin/bench/order/", "/orderview/"
    return [
        Page("order list", {OURS: f"{ours}list/", FLOOR: "/list", DJANGO: django, FAB: f"{fab}list/"}),
        Page("status filter", {
            OURS: f"{ours}list/?state=approved", FLOOR: "/status?value=approved",
            DJANGO: f"{django}?state__exact=approved", FAB: f"{fab}list/?_flt_3_state=approved"}),
        Page("owner filter", {
            OURS: f"{ours}list/?owner={known.owner}", FLOOR: f"/owner?value={known.owner}",
            DJANGO: f"{django}?owner__id__exact={known.owner}", FAB: f"{fab}list/?_flt_0_owner={known.owner}"}),
        Page("last page", {
            OURS: f"{ours}list/?before=end", FLOOR: "/last", DJANGO: f"{django}?p={known.last_page + 1}",
            FAB: f"{fab}list/?page_OrderView={known.last_page}"}),
        Page("exact number", {
            OURS: f"{ours}list/?q={known.number}", SHELLED: f"/shelled/number?value={known.number}",
            DJANGO: f"{django}?q={known.number}", FAB: f"{fab}list/?_flt_3_number={known.number}"}),
        Page("record of five lines", {
            OURS: f"{ours}show/{known.key}", SHELLED: f"/shelled/show/{known.key}",
            DJANGO: f"{django}{known.key}/change/", FAB: f"{fab}edit/{known.key}"}),
        Page("new order", {
            OURS: f"{ours}add", SHELLED: "/shelled/new", DJANGO: f"{django}add/", FAB: f"{fab}add"}),
        *_names("customer's name", known.name), *_names("busiest customer's name", known.often),
    ]  # fmt: skip


def _names(told: str, name: str) -> list[Page]:
    """Orders by two and by four characters of a name, without the town it begins with."""
    found = []
    for length in (2, 4):
        part = quote(name[2 : 2 + length])
        addresses = {
            OURS: f"/salesorder/list/?q={part}", FLOOR: f"/name?value={part}", DJANGO: f"/admin/bench/order/?q={part}"
        }  # fmt: skip
        found.append(Page(f"{told}, {length} characters", addresses))
    return found


def measure(address: str, orders: int, rounds: int, systems: tuple[str, ...]) -> dict[str, dict[str, Timed]]:
    """Page → system → times, all systems in turn in every round."""
    known = sample(address, orders)
    wanted = pages(known)
    found: dict[str, dict[str, Timed]] = {page.name: {} for page in wanted}
    with running(address, orders, systems) as clients:
        asked = _first(wanted, clients, found, known)
        for number in range(rounds):
            random.Random(number).shuffle(asked)
            for page, system in asked:
                took, _size = clients[system].page(page.addresses[system])
                found[page.name][system].seconds.append(took)
            print(f"round {number + 1} of {rounds}", file=sys.stderr, flush=True)
    return found


def measure_growth(address: str, sizes: list[int], rounds: int) -> dict[int, dict[str, dict[str, Timed]]]:
    """Number of orders → page → our times: a server for each size, all in turn in every round."""
    found: dict[int, dict[str, dict[str, Timed]]] = {}
    with ExitStack() as stack:
        asked = []
        for size in sizes:
            known = sample(address, size)
            clients = stack.enter_context(running(address, size, ()))
            found[size] = {page.name: {} for page in pages(known)}
            for page, _ours in _first(pages(known), clients, found[size], known):
                _status, body, _took = clients[OURS].send("GET", page.addresses[OURS])
                found[size][page.name][OURS].rows = body.count(b'name="id"')
                asked.append((size, clients[OURS], page))
        for number in range(rounds):
            random.Random(number).shuffle(asked)
            for size, client, page in asked:
                took, _bytes = client.page(page.addresses[OURS])
                found[size][page.name][OURS].seconds.append(took)
    return found


def _first(
    wanted: list[Page], clients: dict[str, Client], found: dict[str, dict[str, Timed]], known: Sample
) -> list[tuple[Page, str]]:
    """Everything a dozen times before it counts, or for a second: the tenth time a statement is asked it is prepared.

    What a system cannot do is left out and said.
    """
    asked = []
    for page in wanted:
        for system in page.addresses:
            client = clients.get(SHELLED if system == SHELLED else system)
            if client is None:
                continue
            text = known.number if page.name in ("exact number", "record of five lines") else ""
            try:
                end = time.monotonic() + 1
                for number in range(WARMING):
                    if number < 2 or time.monotonic() < end:
                        _took, size = client.page(page.addresses[system], text)
            except (NotAnswered, OSError) as error:
                print(f"{system}, {page.name}: {error}", file=sys.stderr)
                continue
            found[page.name][system] = Timed(size=size)
            asked.append((page, system))
    return asked


@contextmanager
def running(address: str, orders: int, systems: tuple[str, ...]) -> Iterator[dict[str, Client]]:
    """The systems side by side on the same tables, somebody signed in to each."""
    url = sqlalchemy_url(address, database_of(orders))
    prepare(address, orders)
    with ExitStack() as stack:
        ours = Client(stack.enter_context(server(
            OURS, "run:app", DATABASE_URL=url, CRM_ENV="demo", CRM_DATA=str(HOME / "files"), SECRET_KEY="bench" * 8,
            REDIS_URL="",
        )))  # fmt: skip
        ours.sign_in("/login/", "boss", PASSWORD)
        clients = {OURS: ours}
        if FLOOR in systems:
            keep_shell(ours)
            port = stack.enter_context(server(
                "floor", "bench.peers.floor:app", DATABASE_URL=url, SHELL_FILE=str(HOME / "shell.html")
            ))  # fmt: skip
            clients[FLOOR], clients[SHELLED] = Client(port), Client(port)
            clients[SHELLED].page("/")
        if FAB in systems:
            port = stack.enter_context(server(
                "fab", "bench.peers.fab:app", DATABASE_URL=url, FAB_TUNED="1"
            ))  # fmt: skip
            clients[FAB] = Client(port)
            clients[FAB].sign_in("/login/", "admin", "bench")
        if DJANGO in systems:
            port = stack.enter_context(server(
                "django", "bench.peers.django_admin:application", str(PEERS),
                DJANGO_URL=address + database_of(orders),
            ))  # fmt: skip
            clients[DJANGO] = Client(port)
            clients[DJANGO].sign_in("/admin/login/", "admin", "bench")
        yield clients


def prepare(address: str, orders: int) -> None:
    """People's names under a table of their own, for the peers."""
    with psycopg.connect(address + database_of(orders), autocommit=True) as connection:
        connection.execute(
            "CREATE OR REPLACE VIEW bench_person AS SELECT id, first_name || last_name AS name FROM ab_user"
        )
        connection.execute("VACUUM ANALYZE")


def keep_shell(ours: Client) -> None:
    """Our own layout as it is sent, its content replaced: the shell of the shelled floor."""
    _status, body, _took = ours.send("GET", "/password")
    text = re.sub(r"(?s)(<main[^>]*>).*?(</main>)", r"\1[[content]]\2", body.decode())
    if "[[content]]" not in text:
        raise NotAnswered("our layout has no <main>")
    before, _content, after = text.partition("[[content]]")
    raw = "{{% raw %}}{}{{% endraw %}}".format
    (HOME / "shell.html").write_text(f"{raw(before)}{{{{ user.first_name }}}}[[content]]{raw(after)}", "utf-8")
