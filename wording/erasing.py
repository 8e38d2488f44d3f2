"""An erasure in the reader's language: what goes, and what stands in the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lifecycle.guards import Finding
    from wording.teller import Teller
    from wording.words import Words
    from workflows.erasing import Erasure


def erasure_lines(teller: Teller, done: Erasure, files: int) -> list[str]:
    """What goes, counted: values of how many entries, notices, mails as files, rows.

    Args:
        teller: the reader's words.
        done: the step, done or looked at.
        files: how many mails lie in the folder as files.
    """
    words, found = teller.words, done.found
    records = words.listed(f"person:{one}" for one in found.persons)
    lines = [
        words("erase_records", records=records, cases=len(found.cases)),
        words(
            "erase_values",
            values=len(done.marked.values),
            entries=len({entry_id for entry_id, _ in done.marked.values}),
        ),
        words("erase_notices", notices=len(done.marked.notices), files=files),
        words("erase_rows", posts=len(found.posts), waiting=len(found.waiting)),
    ]
    return [f"  {one}" for one in lines]


def refusal_lines(words: Words, findings: Iterable[Finding]) -> list[str]:
    """Every condition of the step, the unmet ones first."""
    ordered = sorted(findings, key=lambda one: one.met)
    return list(_lines(words, ordered))


def _lines(words: Words, findings: Iterable[Finding]) -> Iterator[str]:
    for one in findings:
        if one.kind == "role":
            yield _role(words, one)
            continue
        told = words(f"erase_{one.id}" + ("_met" if one.met else ""), seen=words.value(one.seen))
        if not one.advisory:
            yield told
        elif not one.met:
            yield words("finding_advisory", told=told)


def _role(words: Words, finding: Finding) -> str:
    seen, needed = (
        "/".join(words.role(one) for one in str(each).split(", "))
        for each in (finding.seen, finding.needed)
    )
    if finding.met:
        return words("finding_met", label=words.label(finding.label), seen=seen)
    return words("finding_role", seen=seen, needed=needed)
