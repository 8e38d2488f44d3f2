"""A mistake in the policy or in the sources is named with its line; such a file never loads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lifecycle.errors import DefinitionError
from workflows.law import HERE, read_policy, sources_in

if TYPE_CHECKING:
    from pathlib import Path

POLICY = {
    "a value that is no number": ("value: 80}", "value: eighty}", "'eighty' is not a whole number"),
    "a number below zero": ("value: 80}", "value: -1}", "-1 is not a whole number from 0"),
    "yes for true": ("value: true}", "value: yes}", "'yes' is neither text nor a boolean"),
    "a number for true": ("value: true}", "value: 1}", "1 is not true or false"),
    "a choice that is none": ("value: full}", "value: ful}", "'ful' is not full / all"),
    "two stages": ("[12, 24, 36]", "[12, 24]", "is not three numbers of months"),
    "a day that is none": ("2026-05-18", "2026-02-30", "2026-02-30 is not a day of the calendar"),
    "a day twice": ("2026-05-18", "2010-06-07", "two values begin on 2010-06-07"),
    "a day of the year that is none": ('"12-31"', '"13-31"', "is not a month and day"),
    "no value at all": ("[{from: 2010-06-07, value: 80}]", "[]", "a value and the day"),
    "an unknown type": ("type: flag", "type: flg", "unknown type 'flg'; nearest known: flag"),
    "an unknown clause": ("cite: [四.4]", "cite: [四.44]", "unknown citation '四.44'"),
    "an unknown key": ("    name: five", "    nam: five", "unknown key 'nam'; nearest known: name"),
    "nothing": (None, "", "the file is empty"),
}

SOURCES = {
    "an unknown kind": ("kind: clause", "kind: claus", "'claus' is none of 'clause'"),
    "an unknown document": (
        "document: wenzhou_2010",
        "document: wenzhou",
        "nearest known: wenzhou",
    ),
    "an unknown key": ("    seen: S", "    sen: S", "unknown key 'sen'; nearest known: seen"),
    "an unknown force": ("force: must", "force: most", "'most' is none of"),
    "an unknown clause": ("clauses: [一.2]", "clauses: [一.9]", "unknown clause '一.9'"),
}


def planted(name: str, old: str | None, new: str, folder: Path) -> Path:
    text = (HERE / name).read_text(encoding="utf-8")
    assert old is None or old in text
    path = folder / name
    path.write_text(new if old is None else text.replace(old, new, 1), encoding="utf-8")
    return path


@pytest.mark.parametrize("mistake", POLICY)
def test_a_mistake_in_the_policy_is_named(mistake: str, tmp_path: Path) -> None:
    old, new, sentence = POLICY[mistake]

    with pytest.raises(DefinitionError) as error:
        read_policy(planted("policy.yaml", old, new, tmp_path))

    found = [str(one) for one in error.value.complaints]
    assert [one for one in found if one.startswith("policy.yaml:") and sentence in one], found


def test_every_mistake_in_the_policy_is_told_at_once(tmp_path: Path) -> None:
    text = (HERE / "policy.yaml").read_text(encoding="utf-8")
    for mistake in ("a value that is no number", "two stages", "an unknown type"):
        old, new, _ = POLICY[mistake]
        assert old
        text = text.replace(old, new, 1)
    path = tmp_path / "policy.yaml"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(DefinitionError) as error:
        read_policy(path)

    assert len(error.value.complaints) == 3


@pytest.mark.parametrize("mistake", SOURCES)
def test_a_mistake_in_the_sources_is_named(mistake: str, tmp_path: Path) -> None:
    old, new, sentence = SOURCES[mistake]

    with pytest.raises(DefinitionError) as error:
        sources_in(planted("sources.yaml", old, new, tmp_path))

    found = [str(one) for one in error.value.complaints]
    assert [one for one in found if one.startswith("sources.yaml:") and sentence in one], found
