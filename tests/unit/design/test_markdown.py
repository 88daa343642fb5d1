"""Markdown of notes: what it may become, and what never comes through."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdmo_eval.core.templatetags.markdown import TAGS, markdown_html


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("They *said* **yes**", "<p>They <em>said</em> <strong>yes</strong></p>\n"),
        ("a\nb", "<p>a<br>\nb</p>\n"),
        ("- one\n- two", "<ul>\n<li>one</li>\n<li>two</li>\n</ul>\n"),
        (
            "[site](https://example.com)",
            '<p><a href="https://example.com" rel="noopener noreferrer nofollow">site</a></p>\n',
        ),
        ("# no heading", "<p># no heading</p>\n"),
        ("A & B < C", "<p>A &amp; B &lt; C</p>\n"),
    ],
)
def test_markdown_becomes(text: str, html: str) -> None:
    assert markdown_html(text) == html


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "![x](javascript:alert(1))",
        "[x](javascript:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "[x](vbscript:x)",
        '<a href="https://x" onclick="y()">x</a>',
        "<svg/onload=alert(1)>",
        "<style>*{display:none}</style>",
        "[a]: javascript:alert(1)\n\n[a]",
        "<https://x onmouseover=1>",
    ],
)
def test_hostile_text_does_nothing(text: str) -> None:
    tags = re.findall(r"<[^>]+>", markdown_html(text).lower())

    assert [tag for tag in tags if re.search(r"script|img|svg|style|data:|\son\w+\s*=", tag)] == []


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="<>/[]()!*_`#&\"' abchrefsipt:=\n", max_size=80))
def test_only_known_tags_come_out(text: str) -> None:
    html = markdown_html(text)
    names = {part.lstrip("/").split(">")[0].split()[0] for part in html.split("<")[1:] if part.strip("/> ")}

    assert names <= TAGS
