"""The deadlines behind indicators as they were known at an earlier moment.

`workflows.indicators.case_reads` reads the table, which says how deadlines stand as known now.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from lifecycle.asof import AsOf
from lifecycle.past import deadlines_in
from lifecycle.store.tables import case
from workflows.register import party_body, person_at_organization
from workflows.subjects import BODY, ORGANIZATION, PLACE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from workflows.indicators.reading import Reading, Rows


def running(reading: Reading, rules: Mapping[str, str]) -> Rows:
    """What `case_reads.running` gives, by what was known then."""
    bodies = _owners(reading, party_body)
    found: set[tuple[str, int | None]] = set()
    for row in _known(reading, rules):
        in_time = row["anchor_on"] <= reading.on <= row["due_on"]
        if in_time and (row["closed_on"] is None or row["closed_on"] > reading.on):
            itself = row["subject_type"] == ORGANIZATION
            of_body = row["subject_type"] == BODY
            owner = bodies.get(row["subject_id"]) if of_body else None
            found.add((row["rule"], row["subject_id"] if itself else owner))
    return sorted(found, key=str)


def fallen_due(reading: Reading, rules: Mapping[str, str], after: date) -> Rows:
    """What `case_reads.deadlines` gives, by what was known then."""
    places = _owners(reading, person_at_organization)
    found: Rows = []
    for row in _known(reading, rules):
        if not any(after < row[name] <= reading.on for name in ("due_on", "anchor_on")):
            continue
        owner = places.get(row["subject_id"]) if row["subject_type"] == PLACE else None
        organization = row["subject_id"] if row["subject_type"] == ORGANIZATION else owner
        told = (row["unit_id"], row["anchor_on"], row["due_on"], row["status"], row["closed_on"])
        found.append((row["rule"], row["case_id"], organization, *told))
    return sorted(found, key=lambda one: one[1])


def _known(reading: Reading, rules: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """What had been recorded, of whatever day: the figures look at the days themselves."""
    at = AsOf(date.max, reading.known_at)
    owners = case.c.workflow.in_(sorted(set(rules.values())))
    for row in deadlines_in(reading.connection, at, owners, rules=rules):
        if row["workflow"] == rules[row["rule"]]:
            yield row


def _owners(reading: Reading, table: sa.Table) -> dict[int, int | None]:
    rows = reading.rows(sa.select(table.c.id, table.c.organization_id))
    return {row[0]: row[1] for row in rows}
