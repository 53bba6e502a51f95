"""How far each order of the large firm goes, decided when it is written; what comes after yesterday has not come."""

from __future__ import annotations

import random
from typing import NamedTuple

from app.demo.bulk.catalogue import LINES

NEVER = -1
# What becomes of an order, and how often; all others are delivered and paid in full.
ASIDE = (
    ("draft", 0.006), ("pending", 0.004), ("rejected", 0.012), ("stopped", 0.012), ("idle", 0.006),
    ("requested", 0.004), ("issued", 0.006), ("partly", 0.014), ("unpaid", 0.028), ("half_paid", 0.016),
)  # fmt: skip
FRESH_DAYS = 4  # days in which an order may still wait for its writer or its approver
FRESH = (("draft", 0.15), ("pending", 0.25))
UNDECIDED = ("draft", "pending", "rejected")
INSTALMENTS = (0, 1, 1, 1, 1, 2, 2, 2, 3, 3)  # 0: no plan was made
DUE = 30  # days between instalments


class IssuePart(NamedTuple):
    """Lines that leave the shelf together: from, to, and the days; a day may be NEVER."""

    first: int
    end: int
    asked: int
    confirmed: int
    shipped: int
    signed: int


class Fate(NamedTuple):
    kind: str
    stopped: int
    parts: tuple[IssuePart, ...]
    instalments: int
    paid: tuple[int, ...]  # the day of each payment

    @property
    def is_approved(self) -> bool:
        return self.kind not in UNDECIDED


def fate_of(day: int, last: int, chance: random.Random) -> Fate:
    """Everything that will have happened to an order of this day by the last one."""
    kind = _kind(day, last, chance.random())
    instalments = INSTALMENTS[int(chance.random() * len(INSTALMENTS))]
    stopped = NEVER
    if kind == "stopped":
        stopped = _reached(day + 2 + int(chance.random() * 20), last)
        kind = kind if stopped != NEVER else "idle"
    if kind in (*UNDECIDED, "stopped", "idle"):
        return Fate(kind, stopped, (), instalments, ())
    parts = _parts(kind, day, last, chance)
    pays = kind in ("ended", "half_paid")
    return Fate(kind, NEVER, parts, instalments, _payments(day, last, instalments, kind, chance) if pays else ())


def _kind(day: int, last: int, draw: float) -> str:
    for kind, share in (FRESH if last - day < FRESH_DAYS else ()) + ASIDE:
        if draw < share:
            return kind
        draw -= share
    return "ended"


def _reached(day: int, last: int) -> int:
    return day if day <= last else NEVER


def _parts(kind: str, day: int, last: int, chance: random.Random) -> tuple[IssuePart, ...]:
    """One issue of everything, or two; of a partly shipped order only the first."""
    in_two = kind == "partly" or chance.random() < 0.08
    cuts = ((0, 3), (3, LINES)) if in_two else ((0, LINES),)
    found = []
    asked = day + int(chance.random() * 3)
    for first, end in cuts[:1] if kind == "partly" else cuts:
        if asked > last:
            break
        shipped = NEVER if kind in ("requested", "issued") else _reached(asked + int(chance.random() * 3), last)
        signs = shipped != NEVER and chance.random() < 0.8
        signed = _reached(shipped + 1 + int(chance.random() * 4), last) if signs else NEVER
        found.append(IssuePart(first, end, asked, NEVER if kind == "requested" else asked, shipped, signed))
        asked += 2 + int(chance.random() * 9)
    return tuple(found)


def _payments(day: int, last: int, instalments: int, kind: str, chance: random.Random) -> tuple[int, ...]:
    """Days on which money comes, one after the other, around the days it is due."""
    found = []
    before = day
    for number in range(1 if kind == "half_paid" else max(instalments, 1)):
        before = max(before + 1, day + DUE * (number + 1) - 12 + int(chance.random() * 30))
        if before > last:
            break
        found.append(before)
    return tuple(found)
