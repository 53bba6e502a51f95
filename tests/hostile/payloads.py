"""Texts that mean something to SQL, to LIKE, to FTS5, to rison or to Python, and must mean nothing here."""

from __future__ import annotations

QUOTES = (
    "'",
    "''",
    '"',
    '""',
    "`",
    "´",
    "\u2019",
    "\u2018",
    "\u201c",
    "\u02bc",
    "\uff07",
    "\uff02",
    "«",
    "\\'",
    "\\\\'",
)
COMMENTS = ("--", "-- ", "#", "/*", "*/", "/**/", ";--", "--\t", ";", ";;")
WILDCARDS = (
    "%", "%%", "_", "__", "a%b", "a_b", "\\", "\\\\", "\\%", "\\_", "/", "//", "/%", "/_", "[a-z]", "[^a]", "*", "?",
    "^", "|", ".*", "(a+)+$", "%_%", "\uff05", "\uff3f", "\uff3c", "\ufe6a",
)  # fmt: skip
FTS = (
    '"a"', "a*", "*a", "NEAR(a b)", "NEAR(a b, 2)", "a OR b", "OR", "AND", "NOT", "a AND b", "a NOT b", "-a", "+a",
    "^a", "a:b", "pieces:a", "{pieces}:a", "- {pieces}:a", "(", ")", "(a)", "((a", "a)", ":", "a + b", "search_index",
    "rank", "MATCH", '"', '"a', 'a"b', "&", "!", "<->", "a & b", "a | b", ":*", "@>", "{a,b}",
)  # fmt: skip
RISON = ("!(", "!n", "!t", "!!", "!'", "(a:b)", "'!''", ",", "~", "!(1,2)", "$", "(filters:!())", "{}", "[]", '{"a":1}')
FORMATS = (
    "%s",
    "%(x)s",
    "%%s",
    "{0}",
    "{}",
    "{x!r}",
    ":name",
    ":1",
    "$1",
    "?1",
    "@x",
    "%n",
    "%c",
    "${x}",
    "{{x}}",
    "\\x41",
)
WORDS = (
    "NULL",
    "null",
    "None",
    "true",
    "0x1F",
    "1e1",
    "NaN",
    "-1",
    "0",
    "1=1",
    "' '",
    "sleep(9)",
    "pg_sleep(9)",
    "DEFAULT",
)
ODD = (
    "ß", "İ", "ı", "ﬁ", "①", "㎡", "\u202eabc", "a\u200bb", "\ufeffx", "e\u0301", "é", "ＡＢ", "𠮷", "😀",
    "王\u3000五", "ñandú",
)  # fmt: skip
_STATEMENTS = (
    " OR 1=1", "; DROP TABLE customer", " UNION SELECT 1", ") UNION SELECT password FROM ab_user--", " AND 1=0--",
    "||(SELECT 1)||", ") OR (1=1",
)  # fmt: skip


def payloads() -> tuple[str, ...]:
    """About two hundred, each at most 60 characters: as a list's search takes them."""
    breaking = [quote + statement for quote in QUOTES[:8] for statement in _STATEMENTS]
    single = (*QUOTES, *COMMENTS, *WILDCARDS, *FTS, *RISON, *FORMATS, *WORDS, *ODD)
    return tuple(dict.fromkeys(text[:60] for text in (*single, *breaking)))


def names() -> tuple[str, ...]:
    """What customers are called: every second payload, and every third of these within a name."""
    return tuple(f"王{text}五{n}" if n % 3 == 0 else text for n, text in enumerate(payloads()[::2]))
