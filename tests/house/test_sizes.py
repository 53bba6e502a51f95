"""What a domain costs in code, and that no document domain repeats another.

A code line holds a token: imports, docstrings, comments and blank lines are not counted.
"""

from __future__ import annotations

import ast
import io
import itertools
import re
import tokenize
from pathlib import Path

import pytest

APP = Path(__file__).parents[2] / "app"
TEXTS = {"label_fields", "label_codes", "explain_constraint"}
_NO_CODE = {
    tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER
}  # fmt: skip
RUN = 8


def files_of(domain: str) -> list[Path]:
    """The Python files of a domain in every layer; the demo firm is data."""
    found = [path for path in APP.rglob(f"{domain}.py") if "demo" not in path.parts]
    assert found, f"no file is called {domain}.py"
    return sorted(found)


def code_lines(path: Path, *, rules: bool) -> dict[int, str]:
    """Line number → stripped text of each code line.

    rules  False leaves out what is the domain's own: guards, effects and `prepare`, and the texts it is shown with
    """
    source = path.read_text(encoding="utf-8")
    skipped: set[int] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import | ast.ImportFrom) or _is_docstring(node) or (not rules and _is_own(node, path)):
            skipped |= set(range(_first(node), node.end_lineno + 1))  # type: ignore[attr-defined]
    held: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in _NO_CODE:
            held |= set(range(token.start[0], token.end[0] + 1))
    lines = source.splitlines()
    return {n: lines[n - 1].strip() for n in sorted(held - skipped)}


def _first(node: ast.AST) -> int:
    decorators = getattr(node, "decorator_list", [])
    first: int = min([node.lineno, *(one.lineno for one in decorators)])  # type: ignore[attr-defined]
    return first


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _is_own(node: ast.AST, path: Path) -> bool:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        return isinstance(node.value.func, ast.Name) and node.value.func.id in TEXTS
    return isinstance(node, ast.FunctionDef) and "workflows" in path.parts


def size(*domains: str, rules: bool = False) -> int:
    return sum(len(code_lines(path, rules=rules)) for domain in domains for path in files_of(domain))


@pytest.mark.parametrize(
    ("domains", "most"),
    [(("supplier",), 25), (("purchase_order", "goods_receipt"), 110), (("stock_transfer",), 40)],
    ids=["supplier", "purchase", "transfer"],
)
def test_a_domain_costs_little_besides_its_rules(domains: tuple[str, ...], most: int) -> None:
    assert size(*domains) <= most, {
        str(path): len(code_lines(path, rules=False)) for d in domains for path in files_of(d)
    }
    assert all(len(files_of(domain)) <= 4 for domain in domains), [files_of(domain) for domain in domains]


def test_the_sales_order_stays_small_with_its_rules() -> None:
    assert size("sales_order*", "order_*", rules=True) <= 800


DOCUMENTS = ("sales_order", "goods_issue", "purchase_order", "goods_receipt", "stock_transfer")


def _told(domain: str) -> list[str]:
    """The code lines of a document domain, every file one after the other, without the names of documents."""
    names = "|".join(
        itertools.chain.from_iterable((d, d.title().replace("_", ""), d.rpartition("_")[2]) for d in DOCUMENTS)
    )
    lines = [line for path in files_of(f"{domain}*") for line in [*code_lines(path, rules=True).values(), str(path)]]
    return [re.sub(names, "X", line, flags=re.IGNORECASE) for line in lines]


def test_no_two_document_domains_share_a_run_of_lines() -> None:
    runs: dict[tuple[str, ...], set[str]] = {}
    for domain in DOCUMENTS:
        lines = _told(domain)
        for place in range(len(lines) - RUN + 1):
            runs.setdefault(tuple(lines[place : place + RUN]), set()).add(domain)
    shared = {run: domains for run, domains in runs.items() if len(domains) > 1}
    assert not shared, (
        f"{len(shared)} runs of {RUN} lines stand in two domains; the first: {next(iter(shared.items()))}"
    )
