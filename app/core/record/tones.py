"""A state or code has a tone, a word for what it means to the reader; its badge is drawn in it."""

from __future__ import annotations

import enum

# ok: done well; wait: somebody has to act; stop: it went wrong or was taken back; go: under way. All else is grey.
TONES = {
    "ok": {"approved", "ended", "settled", "signed", "recorded", "all", "shipped", "posted", "enabled", "repeat"},
    "wait": {"pending", "partly", "to_ship", "confirmed", "not_issued"},
    "stop": {"rejected", "stopped", "voided", "cancelled", "reversed", "lapsed"},
    "go": {"executing", "open", "potential"},
}
TONE_OF = {code: tone for tone, codes in TONES.items() for code in codes}

_OWN_TONES: dict[tuple[type[enum.StrEnum], str], str] = {}


def tone_codes(choices: type[enum.StrEnum], /, **tones: str) -> None:
    """Give codes of a fixed list a tone of their own: code → ok, wait, stop, go, or nothing for grey."""
    for code, tone in tones.items():
        _OWN_TONES[(choices, choices[code].value)] = tone


def tone_of(code: enum.StrEnum) -> str:
    """Return the tone of the code in its own list, else the one that codes of this name have everywhere.

    It returns an empty text for grey.
    """
    own = _OWN_TONES.get((type(code), code.value))
    return TONE_OF.get(code.value, "") if own is None else own
