"""Stories that run in a process of their own, because what they add to the application must not meet other tests."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).resolve().parents[2]


def stories_of(folder: Path, file: str = "stories.py") -> list[str]:
    """Names of the stories in a file of the folder."""
    return re.findall(r"^def (test_\w+)", (folder / file).read_text("utf-8"), re.MULTILINE)


def outcome_of(
    folder: Path, config: pytest.Config, scratch: Path, *options: str, file: str = "stories.py"
) -> dict[str, str]:
    """Run the stories of a file, with options of pytest: name → what went wrong in it, nothing where all is well."""
    report = scratch / "stories.xml"
    command = [
        sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-o", "addopts=--import-mode=importlib",
        f"--database={config.getoption('--database')}", f"--junitxml={report}", str(folder / file),
    ]  # fmt: skip
    run = subprocess.run([*command, *options], cwd=ROOT, capture_output=True, text=True)  # our own stories
    assert report.exists(), run.stdout + run.stderr
    found = {}
    for case in ElementTree.parse(report).iter("testcase"):  # noqa: S314  # written by pytest just now
        found[case.attrib["name"]] = "\n".join(part.text or "" for part in case if part.tag in ("failure", "error"))
    return found
