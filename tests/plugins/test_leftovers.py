"""The check of what tests leave behind is seen to find it, in a run of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# The module keeps a context, as tests with a browser do; each test is followed by one that looks at what is left.
STORIES = """
import pytest
from flask import Flask, g
from app.core.db.base import db

app = Flask("bare")
app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite://"
db.init_app(app)

@pytest.fixture(scope="module")
def office():
    with app.app_context():
        yield

def test_transaction(office):
    db.session.connection()

def test_nothing_after_the_transaction(office):
    assert not db.session.registry.has() or not db.session().in_transaction()

def test_g(office):
    g.user = "somebody"

def test_nothing_after_g(office):
    assert "user" not in g

def test_context(office):
    app.app_context().push()

def test_request(office):
    app.test_request_context().push()

def test_nothing_after_the_request(office):
    g.lasting = "in the context of the module"
    g.pop("lasting")

def test_context_of_nobody():
    app.app_context().push()
"""
GUILTY = {"test_transaction", "test_g", "test_context", "test_request", "test_context_of_nobody"}


@pytest.mark.once
def test_a_test_that_leaves_something_behind_fails_and_the_next_does_not(tmp_path: Path) -> None:
    (tmp_path / "test_stories.py").write_text(STORIES)
    command = [sys.executable, "-m", "pytest", "-q", "-rA", "-p", "tests.plugins.leftovers", "-p", "no:cacheprovider"]
    run = subprocess.run(
        [*command, f"--rootdir={tmp_path}", "-c", "/dev/null", str(tmp_path)], cwd=ROOT, capture_output=True, text=True
    )
    told = [line.split() for line in run.stdout.splitlines() if line.startswith(("PASSED", "FAILED", "ERROR"))]
    faulty = {words[1].rpartition("::")[2] for words in told if words[0] != "PASSED"}
    passed = {words[1].rpartition("::")[2] for words in told if words[0] == "PASSED"}
    assert faulty == GUILTY, run.stdout + run.stderr
    assert {name for name in passed if "nothing" in name} == {
        "test_nothing_after_the_transaction", "test_nothing_after_g", "test_nothing_after_the_request"
    }  # fmt: skip
    assert "leaves behind: an open transaction of db.session" in run.stdout
    assert "leaves behind: g.user" in run.stdout
