"""The Chinese catalogue of the desk: everything that templates say, and nothing else."""

from __future__ import annotations

import re
import string
from pathlib import Path

from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from web.translations import translations

ROOT = Path(__file__).parents[2]
PLACE = re.compile(r"%\((\w+)\)s")


def said() -> set[str]:
    """Everything that templates and code of the desk say in English."""
    methods = [("templates/**.html", "jinja2"), ("**.py", "python")]
    found = extract_from_dir(
        str(ROOT / "web"),
        methods,
        {"templates/**.html": {"newstyle_gettext": "true", "trimmed": "true"}},
        keywords={"_": None, "gettext": None, "ngettext": (1, 2), "told": None},
    )
    return {one if isinstance(one, str) else one[0] for _, _, one, _, _ in found}


def test_everything_said_has_a_translation_and_nothing_else_does() -> None:
    with (ROOT / "web" / "locale" / "zh.po").open("rb") as file:
        catalogue = read_po(file, locale="zh")
    entries = {one.id if isinstance(one.id, str) else one.id[0]: one for one in catalogue if one.id}

    assert said() - set(entries) == set(), "say it in zh.po: make messages"
    assert set(entries) - said() == set(), "nobody says this any more: make messages"
    assert [name for name, one in entries.items() if not one.string or one.fuzzy] == []
    assert not catalogue.obsolete


def test_a_translation_names_the_same_values() -> None:
    with (ROOT / "web" / "locale" / "zh.po").open("rb") as file:
        catalogue = read_po(file, locale="zh")
    for one in catalogue:
        if isinstance(one.id, str) and isinstance(one.string, str):
            assert set(PLACE.findall(one.id)) == set(PLACE.findall(one.string)), one.id


def test_english_is_what_the_templates_say() -> None:
    assert translations("en").gettext("Work list") == "Work list"
    assert translations("zh").gettext("Work list") == "待办"


def test_source_strings_are_english() -> None:
    known = set(string.printable) | set("→←“”’·…–—×●▲■○✗✓")
    assert [one for one in said() if set(one) - known] == []
