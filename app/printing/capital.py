"""人民币大写 Amounts are written in words, as they stand on Chinese documents. Manual 8.4; spec.md §8."""

from __future__ import annotations

from decimal import Decimal

from app.core.money import rounded

LARGEST = Decimal(10) ** 16  # yuan; cn2an knows sixteen places before the point


def capital_amount(amount: Decimal) -> str:
    """Return an amount of yuan in words: 16409.02 → 人民币壹万陆仟肆佰零玖元零贰分. It is rounded half-up to the cent.

    returns  an empty text at or above ten quadrillion, where the words end: the figures alone stand there
    """
    import cn2an  # only a printed document needs it

    cents = rounded(amount)
    if abs(cents) >= LARGEST:
        return ""
    sign = "负" if cents < 0 else ""
    words: str = cn2an.an2cn(f"{abs(cents):f}", "rmb")
    return f"人民币{sign}{words}"
