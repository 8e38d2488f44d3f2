"""The take-over list (N26): everything that a list shows to be owed, once per recipient."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from lifecycle.store.tables import case, deadline, outbox
from lifecycle.workdays import PeriodKind
from workflows.register import (
    organization_profile,
    party_body,
    person,
    person_at_organization,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from lifecycle.work import Work

NOTICE = "N26"
MOST = 900


def owe_lists(work: Work, cases: Sequence[int], as_of: date, files: Sequence[str]) -> int:
    """One list per unit in charge over the cases that a command took over; how many lists."""
    by_unit: dict[int | None, list[dict[str, Any]]] = defaultdict(list)
    options: dict[int | None, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in _owed(work, cases):
        if row["kind"] == PeriodKind.REVIEW:
            options[row["unit_id"]][row["rule"]] += 1
        elif row["kind"] == PeriodKind.DEADLINE:
            by_unit[row["unit_id"]].append(row)
    codes = {name: book.workflow.code for name, book in work.registry.rulebooks.items()}
    for unit_id in sorted({*by_unit, *options}, key=lambda one: one or 0):
        rows = [
            {
                "duty": row["rule"],
                "due_on": row["due_on"].isoformat(),
                "case": f"{codes[row['workflow']]}-{row['case_id']}",
                **_subject(work, row),
            }
            for row in sorted(by_unit[unit_id], key=lambda one: (one["rule"], one["due_on"]))
        ]
        _owe(work, unit_id, rows, dict(options[unit_id]), as_of, files)
    return len({*by_unit, *options})


def _owed(work: Work, cases: Sequence[int]) -> list[dict[str, Any]]:
    c, d = case.c, deadline.c
    found: list[dict[str, Any]] = []
    for start in range(0, len(cases), MOST):
        statement = (
            sa.select(
                d.rule,
                d.kind,
                d.due_on,
                d.case_id,
                c.unit_id,
                c.workflow,
                c.subject_type,
                c.subject_id,
            )
            .join(case, c.id == d.case_id)
            .where(d.status == "open", d.case_id.in_(cases[start : start + MOST]))
        )
        found += [dict(row) for row in work.connection.execute(statement).mappings()]
    return found


def _subject(work: Work, row: dict[str, Any]) -> dict[str, str]:
    """The organization's name, and of a person only the surname (rulebook F8)."""
    p, b, o = person_at_organization.c, party_body.c, organization_profile.c
    number = row["subject_id"]
    organization_id: Any = sa.literal(number)
    surname = ""
    if row["subject_type"] == "person_at_organization":
        organization_id = sa.select(p.organization_id).where(p.id == number).scalar_subquery()
        statement = sa.select(person.c.surname).join(
            person_at_organization, p.person_id == person.c.id
        )
        surname = work.connection.execute(statement.where(p.id == number)).scalar_one()
    elif row["subject_type"] == "party_body":
        organization_id = sa.select(b.organization_id).where(b.id == number).scalar_subquery()
    name = work.connection.execute(
        sa.select(o.name)
        .where(o.organization_id == organization_id, o.known_until.is_(None))
        .order_by(o.from_on.desc())
    ).scalar()
    return {"subject": str(name or ""), "surname": surname}


def _owe(
    work: Work,
    unit_id: int | None,
    rows: list[dict[str, Any]],
    options: dict[str, int],
    as_of: date,
    files: Sequence[str],
) -> None:
    recipient = f"unit:{unit_id}" if unit_id is not None else "missing:unit_in_charge"
    content = repr((as_of, rows, sorted(options.items())))
    key = f"takeover:{hashlib.sha256(content.encode()).hexdigest()[:16]}:{NOTICE}:due:{recipient}"
    if work.connection.execute(sa.select(outbox.c.id).where(outbox.c.key == key)).first():
        return
    work.connection.execute(
        sa.insert(outbox).values(
            key=key,
            notice=NOTICE,
            stage="due",
            recipient=recipient,
            urgent=False,
            values={
                "as_of": as_of.isoformat(),
                "files": list(files),
                "rows": rows,
                "options": options,
            },
            status="owed",
            owed_on=work.today,
            created_at=work.now,
            attempts=0,
        )
    )
