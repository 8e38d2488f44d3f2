"""After the rows: names that lists give become the units and bodies that they mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from lifecycle.cases import EntryKind, Subject
from lifecycle.engine import record_rows
from lifecycle.register import put
from lifecycle.store.tables import unit
from workflows.intake.divisions import load_divisions
from workflows.register import (
    body_kind,
    formal_relation,
    home_alias,
    organization_profile,
)
from workflows.subjects import ORGANIZATION, PERSON

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lifecycle.work import Work

LEAD = "organization_department"


def resolve(work: Work) -> int:
    """Everything that can be named now and could not before; the number of rows written."""
    counties = _counties(work)
    _adopt_departments(work, counties)
    done = _places(work, counties)
    return done + resolve_homes(work)


def _counties(work: Work) -> dict[str, int]:
    """County name -> the unit that leads there: its organization department."""
    u = unit.c
    leads = work.connection.execute(sa.select(u.id, u.name).where(u.kind == LEAD)).all()
    names = [one.name for one in load_divisions() if one.level in {"city", "county"}]
    found = {}
    for name in names:
        # 中共鹿城区委组织部 leads 鹿城区, 中共温州市委组织部 the city.
        for row in leads:
            if row.name.startswith((f"中共{name}", name)):
                found[name] = row.id
    return found


def _adopt_departments(work: Work, counties: Mapping[str, int]) -> None:
    """A department that only a roster named stands under the county that its name begins with."""
    u = unit.c
    orphans = work.connection.execute(
        sa.select(u.id, u.name).where(u.parent_id.is_(None), u.kind == "department")
    ).all()
    for row in orphans:
        prefixes = [name for name in counties if row.name.startswith(name)]
        if prefixes:
            parent = counties[max(prefixes, key=len)]
            work.connection.execute(sa.update(unit).where(u.id == row.id).values(parent_id=parent))


def _places(work: Work, counties: Mapping[str, int]) -> int:
    """County and township of every organization, as units."""
    townships = _townships(work)
    p = organization_profile.c
    waiting = work.connection.execute(
        sa.select(organization_profile).where(
            p.known_until.is_(None),
            sa.or_(
                sa.and_(p.county.is_not(None), p.county_id.is_(None)),
                sa.and_(p.township.is_not(None), p.township_id.is_(None)),
            ),
        )
    ).mappings()
    done = 0
    for row in [dict(one) for one in waiting]:
        county_id = counties.get(row["county"])
        township_id = townships.get((county_id, row["township"]))
        if (county_id, township_id) == (row["county_id"], row["township_id"]):
            continue
        kept = _values(row, "organization_id")
        key = {"organization_id": row["organization_id"]}
        change = put(
            "organization_profile",
            key,
            {**kept, "county_id": county_id, "township_id": township_id},
            row["from_on"],
            row["until_on"],
        )
        _write(work, Subject(ORGANIZATION, row["organization_id"]), change)
        done += 1
    return done


def _townships(work: Work) -> dict[tuple[int | None, str | None], int]:
    """(county's unit, township) -> unit; a list may put the county's name before the township's."""
    u = unit.c
    rows = work.connection.execute(
        sa.select(u.id, u.name, u.parent_id).where(u.kind == "township")
    ).all()
    names = [one.name for one in load_divisions() if one.level == "county"]
    found: dict[tuple[int | None, str | None], int] = {}
    for row in rows:
        plain = row.name
        for name in names:
            plain = plain.removeprefix(name) or plain
        found[row.parent_id, plain] = row.id
        found[row.parent_id, row.name] = row.id
    return found


def resolve_homes(work: Work) -> int:
    """Relations whose home was text: now by exact body name, then by the officers' alias."""
    k, a, f = body_kind.c, home_alias.c, formal_relation.c
    by_name = {
        row.name: row.body_id
        for row in work.connection.execute(
            sa.select(k.name, k.body_id).where(k.name.is_not(None), k.known_until.is_(None))
        )
    }
    by_alias = {
        row.text: row.body_id
        for row in work.connection.execute(
            sa.select(a.text, a.body_id).where(a.known_until.is_(None))
        )
    }
    waiting = work.connection.execute(
        sa.select(formal_relation).where(
            f.known_until.is_(None), f.body_id.is_(None), f.home_text.is_not(None)
        )
    ).mappings()
    done = 0
    for row in [dict(one) for one in waiting]:
        text = row["home_text"].strip()
        body_id = by_name.get(text) or by_alias.get(text)
        if body_id is None:
            continue
        key = {"person_id": row["person_id"]}
        held = {"body_id": body_id, "home_text": row["home_text"]}
        change = put("formal_relation", key, held, row["from_on"], row["until_on"])
        _write(work, Subject(PERSON, row["person_id"]), change)
        done += 1
    return done


def _write(work: Work, subject: Subject, change: Any) -> None:  # noqa: ANN401 - RegisterChange
    record_rows(
        work,
        subject,
        [change],
        work.today,
        settles=False,
        event="resolved",
        kind=EntryKind.TAKEN_OVER,
    )


def _values(row: Mapping[str, Any], key: str) -> dict[str, Any]:
    history = {
        "id",
        "from_on",
        "until_on",
        "known_from",
        "known_until",
        "entry_id",
        "ended_entry_id",
    }
    return {name: value for name, value in row.items() if name not in history and name != key}
