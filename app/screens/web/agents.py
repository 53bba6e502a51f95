"""设备 A browser or program is named in words that the person who uses it knows."""

from __future__ import annotations

import re
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

# The first that fits is taken: a browser built upon another names that one too. Chats have browsers of their own.
_BROWSERS: tuple[tuple[str, Any], ...] = (
    ("MicroMessenger", _l("WeChat")), ("DingTalk", _l("DingTalk")), ("Lark|Feishu", _l("Feishu")), ("Edg", "Edge"),
    ("HuaweiBrowser", _l("Huawei browser")), ("MiuiBrowser", _l("Xiaomi browser")), ("QQBrowser", _l("QQ browser")),
    ("360SE|360EE|QihooBrowser", _l("360 browser")), ("UCBrowser", _l("UC browser")), ("OPR|Opera", "Opera"),
    ("Firefox|FxiOS", "Firefox"), ("Chrome|CriOS|Chromium", "Chrome"), ("Safari", "Safari"),
)  # fmt: skip
_MACHINES: tuple[tuple[str, Any], ...] = (
    ("OpenHarmony|HarmonyOS", _l("HarmonyOS")), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", _l("Android")),
    ("Windows", "Windows"), ("Macintosh", "Mac"), ("Linux|X11", "Linux"),
)  # fmt: skip
_IN_HAND = "Mobile|iPhone|iPad|Android|OpenHarmony"
LONGEST_PROGRAM = 40


def agent_text(agent: str, *, is_program: bool = False) -> str:
    """Return the name of a browser and its device, such as “微信 · iPhone”; for a program its own first word."""
    if is_program:
        name = agent.split(" ", 1)[0][:LONGEST_PROGRAM]
        return str(_("Program %(name)s", name=name) if name else _("A program"))
    found = [_first(agent, _BROWSERS), _first(agent, _MACHINES)]
    known = " · ".join(part for part in found if part)
    return known or str(_("Unknown browser"))


def _first(agent: str, named: tuple[tuple[str, Any], ...]) -> str:
    return next((str(name) for pattern, name in named if re.search(pattern, agent)), "")


def agent_icon(agent: str, *, is_program: bool = False) -> str:
    if is_program:
        return "plug"
    return "device-mobile" if re.search(_IN_HAND, agent) else "device-desktop"
