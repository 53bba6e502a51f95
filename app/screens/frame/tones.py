"""The colour of a state or code."""

from __future__ import annotations

import enum

from app.models.money.payment import ReceivableKind
from app.models.stock.goods_issue import GoodsIssueState
from app.models.stock.stock import StockKind

# What a code tells at a glance: ok green, wait amber, stop red, go blue; anything else is grey.
TONES = {
    "ok": {"approved", "ended", "settled", "signed", "recorded", "all", "shipped", "posted", "enabled", "repeat"},
    "wait": {"pending", "partly", "to_ship", "confirmed", "not_issued"},
    "stop": {"rejected", "stopped", "voided", "cancelled", "reversed", "lapsed"},
    "go": {"executing", "open", "potential"},
}


TONE_OF = {code: tone for tone, codes in TONES.items() for code in codes}


# Codes that tell something else in their own list: a drafted issue waits for the keeper, a drafted order for nobody.
OWN_TONES: dict[tuple[type[enum.StrEnum], str], str] = {
    (GoodsIssueState, "draft"): "wait",
    (StockKind, "opening"): "ok",
    (StockKind, "opening_reversed"): "stop",
    (StockKind, "reserve"): "wait",
    (StockKind, "issue"): "go",
    (StockKind, "issue_reversed"): "stop",
    (ReceivableKind, "contract"): "go",
    (ReceivableKind, "contract_reversed"): "stop",
    (ReceivableKind, "stop"): "stop",
    (ReceivableKind, "payment"): "ok",
    (ReceivableKind, "payment_voided"): "stop",
}


def tone_of(code: enum.StrEnum) -> str:
    return OWN_TONES.get((type(code), code.value)) or TONE_OF.get(code.value, "")
