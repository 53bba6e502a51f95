"""口令 A password must be long and none that is guessed first. SECURITY.md; docs/asvs.md 6.2.

The list is Django's of the 20,000 most common; whatever is added before or behind one of them changes little.
"""

from __future__ import annotations

import gzip
import re
from importlib import resources

from flask import current_app
from flask_babel import gettext as _
from werkzeug.security import generate_password_hash

from app.core.cache.per_process import cached_per_process
from app.core.errors import Refused

SHORTEST = 10
LONGEST = 1000
# These words belong to the product and its trade; the names of the person are added.
OURS = ("zhanggui", "zhang-gui", "掌柜", "password", "passwort", "mima", "admin", "administrator", "company", "welcome")
_ROWS = ("abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "1qaz2wsx3edc4rfv5tgb")
_AROUND = "0123456789!@#$%^&*()-_=+.,?~ "
FEWEST = 5  # different characters


@cached_per_process()
def common_passwords() -> frozenset[str]:
    text = gzip.decompress(
        resources.files("app.security.accounts").joinpath("common_passwords.txt.gz").read_bytes()
    ).decode()
    return frozenset(text.split("\n"))


def _is_a_row(text: str) -> bool:
    """Return whether the text is a row of neighbouring keys or of the alphabet, forwards or backwards."""
    return any(text in line * 4 for row in _ROWS for line in (row, row[::-1]))


def _once(text: str) -> str:
    """Return a repeated text once: abcabc → abc."""
    found = re.fullmatch(r"(.+?)\1*", text)
    return found[1] if found else text


def _names(own: tuple[str, ...]) -> set[str]:
    """Return the names as they are and without the figures around them; of an address also the part before the @."""
    known = {name.lower().replace(" ", "") for name in (*OURS, *own)}
    known |= {name.partition("@")[0] for name in known}
    return {form for name in known for form in (name, name.strip(_AROUND)) if len(form) > 1}


def _is_guessed(password: str, own: tuple[str, ...]) -> bool:
    plain = re.sub(r"\s", "", password.lower())
    core = plain.strip(_AROUND)
    forms = {plain, core, _once(plain), _once(core)}
    if plain in common_passwords() or any(len(form) > 2 and form in common_passwords() for form in forms):
        return True
    return any(_is_a_row(form) and len(form) > 3 for form in forms) or not forms.isdisjoint(_names(own))


def hash_method() -> str:
    """Return the method by which new passwords are stored; one stored otherwise is good until its person signs in."""
    return str(current_app.config["FAB_PASSWORD_HASH_METHOD"])


def hashed(password: str) -> str:
    return generate_password_hash(password, hash_method())


def dummy_hash() -> str:
    """Return the hash that is compared for unknown names, so that they take as long as known ones."""
    return f"{hash_method()}$nobody${'0' * 128}"


def require_strong(password: str, *own: str | None) -> None:
    """Refuse a weak password: its length counts, not which characters.

    `own` are names of the person, which everybody knows.

    errors  Refused "weak_password" below ten characters, above a thousand, and for what is among the first to be tried
    """
    if len(password) > LONGEST:
        text = _("At most %(n)s characters fit here.", n=LONGEST)
        raise Refused("weak_password", text, field="password")
    if len(password) < SHORTEST:
        text = _("A password needs at least %(n)s characters.", n=SHORTEST)
        raise Refused("weak_password", text, field="password")
    if len(set(password)) < FEWEST or _is_guessed(password, tuple(name for name in own if name)):
        text = _("This password is guessed too easily. Take several words that do not belong together.")
        raise Refused("weak_password", text, field="password")
