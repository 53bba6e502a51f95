"""Line breaks and indentation of templates are not sent, and no space that a browser shows is lost."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from jinja2 import DictLoader, Environment

from app.screens.frame.template_whitespace import TemplateWhitespace, without_indentation


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("<ul>\n  <li>one</li>\n  <li>two</li>\n</ul>\n", "<ul><li>one</li><li>two</li></ul>"),
        ('<a class="btn"\n    href="/">here</a>', '<a class="btn" href="/">here</a>'),
        ("<b>one</b>\n  <i>two</i>", "<b>one</b> <i>two</i>"),
        ("one\n  two", "one two"),
        ("<b>one</b> <i>two</i>", "<b>one</b> <i>two</i>"),
        ("<td> one </td>", "<td> one </td>"),
        ("one\n<div>two</div>\nthree", "one<div>two</div>three"),
        ("<link-like>\n  one", "<link-like> one"),
    ],
)
def test_white_space_is_sent_only_where_a_browser_shows_it(text: str, sent: str) -> None:
    assert without_indentation(text) == sent


def test_papers_keep_their_white_space_as_it_is() -> None:
    text = "<div>\n  one\n</div>"
    templates = Environment(  # noqa: S701  # nothing of anybody's is put in
        loader=DictLoader({"record/show.html": text, "printing/document.html": text}), extensions=[TemplateWhitespace]
    )
    assert templates.get_template("record/show.html").render() == "<div>one</div>"
    assert templates.get_template("printing/document.html").render() == text


def test_what_people_wrote_keeps_its_lines(at: Callable[[str], Any], office: Any) -> None:
    key = office.customer(remark="一楼\n  二楼").id
    lin = at("lin")
    for page in ("show", "edit"):
        assert "一楼\n  二楼" in lin.open(f"/customer/{page}/{key}").text, page


def test_no_page_is_sent_with_the_indentation_of_its_template(at: Callable[[str], Any]) -> None:
    text = at("admin").open("/customer/list/").text
    assert not re.findall(r"\n +<\w+", text)
