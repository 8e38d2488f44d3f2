"""Merging two records of one organization or person: both histories go on under one of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from lifecycle.asof import AsOf
from lifecycle.correcting.consequences import Consequences, Pictures
from lifecycle.correcting.rewriting import MERGED_WITH
from lifecycle.engine import begin, follow, record_rows
from lifecycle.errors import LifecycleError
from lifecycle.past import expressed
from lifecycle.register import RegisterChange, end, put
from lifecycle.store.timeline import HISTORY
from workflows.changing_hands import hand_over, pairs_of
from workflows.facts.shared import has_body, serving_body
from workflows.merge_conditions import conditions
from workflows.register import formal_relation, party_status
from workflows.subjects import ORGANIZATION

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Table

    from lifecycle.access import Actor
    from lifecycle.cases import Subject
    from lifecycle.clock import Clock
    from lifecycle.guards import Finding
    from lifecycle.registry import Registry
    from lifecycle.work import Work, Written

MERGED_INTO = "merged_into"
MERGED_IN = "merged_in"


class MergeRefusedError(LifecycleError):
    """Two records cannot be merged; `findings` holds every condition, met and unmet."""

    def __init__(self, gone: Subject, kept: Subject, findings: Sequence[Finding]) -> None:
        self.gone = gone
        self.kept = kept
        self.findings = tuple(findings)
        unmet = ", ".join(one.id for one in findings if not one.met and not one.advisory)
        super().__init__(
            f"{gone.type}:{gone.id} cannot be merged into {kept.type}:{kept.id}: unmet {unmet}"
        )


@dataclass(frozen=True, slots=True)
class Merged:
    """What a merge did."""

    findings: tuple[Finding, ...]
    moved: tuple[int, ...]
    """The places that the record that stays has taken over."""
    left: tuple[int, ...]
    """Places at the record that is gone, in which nothing is open."""
    written: tuple[Written, ...]
    consequences: Consequences


def merge(
    connection: Connection,
    registry: Registry,
    clock: Clock,
    *,
    gone: Subject,
    kept: Subject,
    reason: str,
    actor: Actor,
) -> Merged:
    """Merges one record into another one of the same organization or person, as of today.

    Args:
        connection: the transaction.
        registry: the law in force.
        clock: says what time it is.
        gone: the record that ends.
        kept: the record that stands for both.
        reason: why, at most 300 characters; kept as a personal value like every free text.
        actor: who merges.

    Raises:
        MergeRefusedError: with every condition, met and unmet.
    """
    work, reason = begin(connection, registry, clock, actor), reason.strip()
    near = work.related({gone, kept}) | {gone, kept}
    work.lock(work.cases_of(near))
    findings = conditions(work, gone, kept, reason)
    if any(not one.met and not one.advisory for one in findings):
        raise MergeRefusedError(gone, kept, findings)
    pictures = Pictures(work, frozenset(work.cases_of({gone})))
    pictures.take(work.cases_of(work.related(near) | near))
    pairs = pairs_of(connection, gone, kept, work.today)
    ending, taking = _ending(work, gone, kept), _taking(work, gone, kept)
    hand_over(work, gone, kept, pairs)
    moved = [one.own.id for one in pairs if one.moves]
    left = [one.other.id if one.moves else one.own.id for one in pairs if one.other is not None]
    _record(work, gone, kept, ending, (MERGED_INTO, reason), (moved, left))
    _record(work, kept, gone, taking, (MERGED_IN, reason), (moved, left))
    follow(work, {gone, kept} | work.touched, work.today, work.written[-1].entry_id)
    pictures.take_new(one.case_id for one in work.written if one.seq == 1)
    written = tuple(work.written)
    return Merged(findings, tuple(moved), tuple(left), written, pictures.consequences())


def _record(
    work: Work,
    record: Subject,
    other: Subject,
    changes: Sequence[RegisterChange],
    said: tuple[str, str],
    places: tuple[list[int], list[int]],
) -> None:
    """The entry in the file of one record, which names the other one and the places."""
    event, reason = said
    details = {
        MERGED_WITH: {"type": other.type, "id": other.id},
        "places": places[0],
        "places_left": places[1],
    }
    record_rows(
        work,
        record,
        changes,
        work.today,
        settles=False,
        event=event,
        reason=reason,
        details=details,
    )


def _ending(work: Work, gone: Subject, kept: Subject) -> list[RegisterChange]:
    """What ends with the record that goes."""
    on = work.today
    key = {"subject_type": gone.type, "gone_id": gone.id}
    changes = [put("merged_record", key, {"kept_id": kept.id}, on)]
    if gone.type == ORGANIZATION:
        changes.append(end("organization_profile", {"organization_id": gone.id}, on))
        changes += [end("body_serves", one, on) for one in _served_by(work, gone)]
        return changes
    return changes + [end(one.name, {"person_id": gone.id}, on) for one in _OF_PERSONS]


def _taking(work: Work, gone: Subject, kept: Subject) -> list[RegisterChange]:
    """What the record that stays takes over, beside the places: only what it has none of itself.

    The joint body of others goes on serving the organization; of a person, status and formal
    relation count from their own first day.
    """
    if gone.type == ORGANIZATION:
        serving = [] if _has_body(work, kept) else _served_by(work, gone)
        keys = [{**one, "organization_id": kept.id} for one in serving]
        return [put("body_serves", key, {}, work.today) for key in keys]
    return [
        put(
            table.name, {"person_id": kept.id}, _values(row, table), row["from_on"], row["until_on"]
        )
        for table in _OF_PERSONS
        if not _known(work, table, kept)
        for row in _known(work, table, gone)
    ]


_OF_PERSONS = (party_status, formal_relation)


def _served_by(work: Work, record: Subject) -> list[dict[str, int]]:
    """The keys under which bodies of others serve the organization today."""
    serving = serving_body(sa.literal(record.id), expressed(AsOf(work.today)))
    numbers = sorted(work.connection.execute(serving).scalars())
    return [{"body_id": one, "organization_id": record.id} for one in numbers]


def _has_body(work: Work, record: Subject) -> bool:
    """Whether a body of its own or of others is responsible for the organization today."""
    found = has_body(sa.literal(record.id), expressed(AsOf(work.today)))
    return bool(work.connection.execute(sa.select(found)).scalar_one())


def _known(work: Work, table: Table, record: Subject) -> list[dict[str, Any]]:
    """The rows about a person that are known now, the earliest first."""
    t = table.c
    statement = sa.select(table).where(t.person_id == record.id, t.known_until.is_(None))
    rows = work.connection.execute(statement.order_by(t.from_on)).mappings()
    return [dict(row) for row in rows]


def _values(row: dict[str, Any], table: Table) -> dict[str, Any]:
    """What a row says, without its key and its history."""
    left_out = HISTORY | {"id", *table.info["key"]}
    return {name: value for name, value in row.items() if name not in left_out}
