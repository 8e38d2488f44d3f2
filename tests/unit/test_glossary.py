"""Terms are explained where they stand, the longest first, and nothing else is touched."""

from __future__ import annotations

import pytest

from web.render import explained
from wording.glossary import parts, terms


def test_the_longest_term_is_explained() -> None:
    told = dict(parts("应组建临时党组织或党支部", "zh"))

    assert set(told) == {"应组建", "临时党组织", "或", "党支部"}
    assert told["应组建"] == told["或"] == ""
    assert told["临时党组织"] == terms("zh")["临时党组织"]


@pytest.mark.parametrize("text", ["", "诊所", "<b>党支部</b>"])
def test_the_text_itself_stays_as_it_is(text: str) -> None:
    assert "".join(piece for piece, _ in parts(text, "zh")) == text


def test_what_is_explained_is_escaped() -> None:
    told = str(explained("<i>党支部", "zh"))

    assert told.startswith("&lt;i&gt;<abbr title=")
    assert told.endswith(">党支部</abbr>")


def test_both_languages_explain_the_same_terms() -> None:
    assert len(terms("zh")) == len(terms("en")) > 15
