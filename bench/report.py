"""docs/performance.md: what was measured, as tables of ratios."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from pathlib import Path

from bench.cluster import HOME
from bench.following import BY_NUMBER, PLACES, SIZE, Followed
from bench.pages import DJANGO, FAB, FLOOR, OURS, SHELLED, Timed
from bench.papers import Work
from bench.posting import Pace

FOLLOWING = "Following next through a REST list"
FOLLOWED = """`.venv/bin/python -m bench.following` on {day}: pages of {size} rows of `GET /api/v1/customer/`,
of {rows:,}. The page behind `next` after a thousandth of the list, in its middle, a thousandth before its end; and the
page in the middle by its number, as Flask-AppBuilder numbers pages. Behind `next` nothing is counted.

"""
TARGET = Path(__file__).resolve().parent.parent / "docs" / "performance.md"
CHART = "pictures/growth.svg"
Found = dict[str, dict[str, Timed]]

HEAD = """# How fast it is

Written by `make bench` on {day}; do not edit. A shared machine of two cores: the ratios say more than the
milliseconds, for in every round all systems are asked for the same page one after the other. PostgreSQL with durable
commits, one worker process each, pages over HTTP without compression.

- **floor**: Flask, SQLAlchemy Core and Jinja, one statement and one template for the rows; no sign-in, menu, rights.
- **shelled floor**: the same with a cookie session, one row of the user and our empty layout around it.
- **Django admin** 5.2 and **FAB tuned**: Flask-AppBuilder's ModelView, both on the same tables with related rows joined
  and remote choices, as their manuals advise (`bench/peers/`).

"""


ROWS = """

A page of few rows is drawn sooner than one of fifty. By a part of the name of a customer from the middle a small firm
finds a few orders and a large one a whole page; by that of its busiest customer every firm finds a whole page. What
is found by more than two characters is looked at once more, order by order, before it is counted: that grows with what
is found."""


def write(
    found: Found, growth: dict[int, Found], once: Pace, races: dict[str, Pace], works: Sequence[Work],
    followed: Sequence[Followed],
) -> None:  # fmt: skip
    """The whole page; `growth` is number of orders → pages of ours."""
    orders = max(growth)
    text = HEAD.format(day=dt.date.today().isoformat())
    text += f"## Pages at {orders:,} orders\n\n{_pages(found)}\n\n"
    text += f"## Growth\n\n![Median of each page at every size]({CHART})\n\n{_growth(growth)}\n\n"
    text += f"## {FOLLOWING}\n\n{following(followed)}\n\n"
    text += f"## Confirming and shipping\n\n{_posting(once, races)}\n\n"
    text += f"## Long work\n\n{_works(works)}\n\n## Firms that were built\n\n{_firms()}\n"
    TARGET.write_text(text, "utf-8")


def put(title: str, text: str) -> None:
    """Replace one section of the page, or add it before that about shipping; the others stay as they were measured."""
    page = TARGET.read_text("utf-8")
    section = f"## {title}\n\n{text}\n\n"
    if f"## {title}\n" in page:
        before, _title, rest = page.partition(f"## {title}\n")
        after = rest.partition("\n## ")[2]
        TARGET.write_text(f"{before}{section}## {after}", "utf-8")
        return
    before, mark, after = page.partition("## Confirming and shipping\n")
    TARGET.write_text(f"{before}{section}{mark}{after}", "utf-8")


def following(followed: Sequence[Followed]) -> str:
    """The pages of a REST list behind a cursor, beside one another."""
    rows = []
    for each in followed:
        start, middle, end = (each.times[place] for place in PLACES)
        by_number = each.times[BY_NUMBER]
        rows.append([
            f"{each.database}, {each.order}", *(_ms(timed) for timed in (start, middle, end)),
            f"{middle.median / start.median:.2f} ×", f"{end.median / start.median:.2f} ×", _ms(by_number),
            f"{by_number.median / middle.median:.1f} ×",
        ])  # fmt: skip
    head = [
        "database, order", "near the start, ms", "in the middle, ms", "near the end, ms", "middle to start",
        "end to start", "middle by page number, ms", "number to next",
    ]  # fmt: skip
    return FOLLOWED.format(rows=followed[0].rows, size=SIZE, day=dt.date.today().isoformat()) + table(head, rows)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _ms(timed: Timed | None) -> str:
    return f"{timed.median * 1000:.1f} ± {timed.spread * 1000:.1f}" if timed else "–"


def _pages(found: Found) -> str:
    rows = []
    for page, systems in found.items():
        base = systems.get(FLOOR) or systems.get(SHELLED)
        ours = systems[OURS]
        kind = FLOOR if FLOOR in systems else SHELLED
        ratio = f"{ours.median / base.median:.1f} × {kind}" if base else "–"
        peers = [
            f"{systems[peer].median / ours.median:.1f} × slower" if peer in systems else "–" for peer in (DJANGO, FAB)
        ]
        rows.append([
            page, _ms(ours), _ms(base), ratio, _ms(systems.get(DJANGO)), peers[0], _ms(systems.get(FAB)), peers[1],
            f"{ours.size / 1024:.0f} KB",
        ])  # fmt: skip
    head = ["page", "ours, ms", "floor, ms", "ours to floor", "Django admin, ms", "", "FAB tuned, ms", "", "HTML"]
    return table(head, rows)


def _growth(growth: dict[int, Found]) -> str:
    sizes = sorted(growth)
    rows = []
    for page in growth[sizes[0]]:
        found = [growth[size][page][OURS] for size in sizes]
        drawn = sorted({timed.rows for timed in found})
        rows.append([
            page, *(f"{timed.median * 1000:.1f}" for timed in found), f"{found[-1].median / found[0].median:.2f} ×",
            " to ".join(map(str, dict.fromkeys((drawn[0], drawn[-1])))) if drawn[-1] else "–",
        ])  # fmt: skip
    return table(["page, ms", *(f"{size:,} orders" for size in sizes), "last to first", "rows drawn"], rows) + ROWS


def draw(growth: dict[int, Found]) -> None:
    """What the chart is drawn from, for `bench.chart` in the environment of the peers."""
    sizes = sorted(growth)
    lines = ["page\t" + "\t".join(map(str, sizes))]
    for page in growth[sizes[0]]:
        lines.append("\t".join([page, *(f"{growth[size][page][OURS].median * 1000:.2f}" for size in sizes)]))
    (HOME / "growth.tsv").write_text("\n".join(lines) + "\n", "utf-8")


def _posting(once: Pace, races: dict[str, Pace]) -> str:
    told = (
        "Our step asks for rights, checks guards, keeps both ledgers with their digests, the log and the states; the "
        "bare transaction (psycopg, one statement for each row and write) only writes the rows.\n\n"
    )
    rows = [[
        "an issue of 50 lines, ms", f"{once.ours * 1000:.0f}", f"{once.bare * 1000:.0f}",
        f"{once.ours / once.bare:.1f} ×",
    ]]  # fmt: skip
    for name, pace in races.items():
        rows.append([
            f"issues of one line a second: {name}", f"{pace.ours:.0f}", f"{pace.bare:.0f}",
            f"1 / {pace.bare / pace.ours:.1f}",
        ])  # fmt: skip
    return told + table(["confirm and ship", "ours", "bare", "ours to bare"], rows)


def _works(works: Sequence[Work]) -> str:
    rows = [
        [
            work.name, f"{work.count:,}", f"{work.seconds:.2f}", f"{work.count / work.seconds:,.0f}",
            f"{work.processor:.2f}", f"{work.megabytes} MB",
        ]
        for work in works
    ]  # fmt: skip
    return table(["work", "rows or pages", "seconds", "a second", "processor s", "memory grew by"], rows)


def _firms() -> str:
    rows = []
    for line in (HOME / "firms.tsv").read_text("utf-8").splitlines():
        what, orders, count, seconds, peak = line.split("\t")
        found = f"{int(count):,} rows" if what == "bulk" else f"{count} mismatches"
        rows.append([f"`crm {what}`", f"{int(orders):,}", found, f"{seconds} s", f"{peak} MB at most"])
    return table(["command", "orders", "found", "took", "memory"], rows)
