"""Line breaks and indentation make a template readable and are not sent to the browser.

Beside the tags of blocks no browser shows it, so it goes; elsewhere it is one space, as HTML takes it. Only white space
with a line break in it is touched: a space that stands within a line is meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream

# Papers are set by another engine, and their style makes lines of blocks.
_PAPERS = "printing/"
_BLOCKS = (
    "html|head|body|title|meta|link|script|div|section|nav|header|footer|main|form|fieldset|p|ul|ol|li|dl|dt|dd"
    "|table|thead|tbody|tfoot|tr|td|th|select|option|optgroup|dialog"
)
_BREAK = r"[ \t]*\n\s*"
_BEFORE_A_BLOCK = re.compile(rf"{_BREAK}(?=</?(?:{_BLOCKS})(?![\w-]))")
_BEHIND_A_BLOCK = re.compile(rf"(</?(?:{_BLOCKS})(?![\w-])[^<>]*>){_BREAK}")
_ELSEWHERE = re.compile(_BREAK)


def without_indentation(text: str) -> str:
    """Return the text of a template without what only its author needs of its white space."""
    text = _BEHIND_A_BLOCK.sub(r"\1", _BEFORE_A_BLOCK.sub("", text))
    return _ELSEWHERE.sub(" ", text)


class TemplateWhitespace(Extension):
    """Shortens the white space of a template once, when it is compiled."""

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        """Yield the tokens of a template, its texts without indentation."""
        keeps_all = (stream.name or "").startswith(_PAPERS)
        for token in stream:
            is_text = token.type == "data" and not keeps_all
            yield Token(token.lineno, "data", without_indentation(token.value)) if is_text else token
