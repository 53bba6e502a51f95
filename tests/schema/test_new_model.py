"""A new model of ten fields gets list, search, page, form, REST, import and export from 25 lines, all skinned.

Model, policy, view and stories stand in `tests/schema/new_model/`. They run in a process of their own, so that
no other test meets them.
"""

from __future__ import annotations

import ast
import io
import tokenize
from pathlib import Path

import pytest

from tests.support.own_process import outcome_of, stories_of

HERE = Path(__file__).with_name("new_model")
MOST_LINES = 25
QUIET = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}


def lines_to_write(source: str) -> set[int]:
    """Lines that hold code: no blank ones, comments, docstrings; imports are what an editor writes."""
    left_out: set[int] = set()
    for node in ast.walk(ast.parse(source)):
        is_text = (
            isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        )
        if is_text or isinstance(node, ast.Import | ast.ImportFrom):
            left_out |= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))  # type: ignore[attr-defined]
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return {line for t in tokens if t.type not in QUIET for line in range(t.start[0], t.end[0] + 1)} - left_out


@pytest.fixture(scope="module")
def told(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return outcome_of(HERE, pytestconfig, tmp_path_factory.mktemp("new_model"))


def test_a_model_of_ten_fields_takes_at_most_twenty_five_lines() -> None:
    sources = [(HERE / name).read_text("utf-8") for name in ("model.py", "policy.py", "view.py")]
    assert sum(len(lines_to_write(source)) for source in sources) <= MOST_LINES
    for source in sources:
        assert ";" not in [token.string for token in tokenize.generate_tokens(io.StringIO(source).readline)]
        assert max(map(len, source.splitlines())) <= 120
    model = next(node for node in ast.parse(sources[0]).body if isinstance(node, ast.ClassDef))
    columns = [n for n in model.body if isinstance(n, ast.AnnAssign) and "relationship" not in ast.unparse(n)]
    assert len(columns) >= 10, "ten fields, the owner not counted"


def test_lines_are_counted_as_a_person_would_count_them() -> None:
    source = '"""What."""\nimport x\n\n# why\na = (\n    1,\n)\n\n\ndef f():\n    """Do."""\n    return 1\n'
    assert lines_to_write(source) == {5, 6, 7, 10, 12}


@pytest.mark.parametrize("story", stories_of(HERE))
def test_a_new_model_gets_what_every_model_has(told: dict[str, str], story: str) -> None:
    assert told.get(story, "was not told") == "", told.get(story, "was not told")
