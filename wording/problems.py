"""Errors as sentences in the reader's language: what happened, to which case, what to do."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import psycopg
import sqlalchemy as sa

from lifecycle.accounts.errors import AccessError
from lifecycle.caseload.holding import HoldingError
from lifecycle.errors import (
    CaseChangedError,
    CaseNotFoundError,
    CaseOpenError,
    ConcurrencyError,
    CorrectionImpossibleError,
    DefinitionError,
    EventDateError,
    EventUnknownError,
    IdentityNumberError,
    LifecycleError,
    SettlingError,
    SubjectMergedError,
    SubjectNotFoundError,
)
from lifecycle.moments import ZONE
from scheduler.ticking import TickDateError
from wording.usage import UsageError
from workflows.erasing import ErasedAlreadyError
from workflows.holidays import CalendarFileError
from workflows.intake.limits import MAX_BYTES, MAX_COLUMNS, MAX_ROWS, UnreadableFileError

if TYPE_CHECKING:
    from lifecycle.registry import Registry
    from wording.words import Words

Tellers = Mapping[type[Exception], Callable[[Any, "Words", "Registry | None"], str]]
"""How errors of each kind are told."""


def sentence_of(
    error: Exception, words: Words, registry: Registry | None, more: Tellers | None = None
) -> str | None:
    """The sentence; None for an error that is a fault of the program.

    Args:
        error: what was raised.
        words: the reader's language.
        registry: where events and states find their labels, once it is loaded.
        more: how errors of the caller's own are told.
    """
    if isinstance(error, UsageError):
        return words("usage", message=words(error.key, **error.values))
    if isinstance(error, LifecycleError | UnreadableFileError):
        for kind, teller in {**TELLERS, **(more or {})}.items():
            if isinstance(error, kind):
                return teller(error, words, registry)
        return words("error", message=str(error))
    if isinstance(error, sa.exc.SQLAlchemyError | sqlite3.Error | psycopg.Error):
        return _database(error, words)
    if isinstance(error, OSError):
        return words("file_error", file=error.filename or "", reason=error.strerror or "")
    return None


def _database(error: Exception, words: Words) -> str | None:
    """Never the statement: its parameters are values of a case."""
    # Statements of the hot path raise the driver's own errors, all others SQLAlchemy's around them.
    own = error.orig if isinstance(error, sa.exc.DBAPIError) else error
    if isinstance(own, sqlite3.IntegrityError | psycopg.IntegrityError):
        return words("exists_already")
    if isinstance(own, sqlite3.Error | psycopg.Error):
        return words("database_error", kind=type(own).__name__)
    if isinstance(error, sa.exc.ArgumentError | sa.exc.NoSuchModuleError):
        return words("bad_database_url")
    return None


def _changed(error: Any, words: Words, registry: Registry | None) -> str:  # noqa: ANN401 - its class is the key
    return words(
        "changed",
        ref=error.case,
        who=error.changed_by,
        at=f"{error.changed_at.astimezone(ZONE):%Y-%m-%d %H:%M:%S}",
        event=_event(error.case, error.event, words, registry),
        expected=error.expected,
        found=error.found,
    )


def _access(error: Any, words: Words, registry: Registry | None) -> str:  # noqa: ANN401
    del registry
    return words(f"access_{error.problem}", **error.values)


def _holding(error: Any, words: Words, registry: Registry | None) -> str:  # noqa: ANN401
    del registry
    return words(f"holding_{error.problem}", ref=error.case, **error.values)


def _event_unknown(error: Any, words: Words, registry: Registry | None) -> str:  # noqa: ANN401
    told = {
        "ref": error.case,
        "state": _state(error.case, error.state, words, registry),
        "event": _event(error.case, error.event, words, registry),
    }
    if not error.possible:
        return words("event_unknown_final", **told)
    possible = words.listed(_event(error.case, one, words, registry) for one in error.possible)
    return words("event_unknown", **told, possible=possible)


def _event_date(error: Any, words: Words, registry: Registry | None) -> str:  # noqa: ANN401
    event = _event(error.case, error.event, words, registry)
    reason = words(f"date_{error.problem}", bound=error.bound)
    return words("event_date", ref=error.case, on=error.effective_on, event=event, reason=reason)


def _correction(error: Any, words: Words, registry: Registry | None) -> str:  # noqa: ANN401
    del registry
    named = {f"_{number}": one for number, one in enumerate(error.named)}
    reason = words(f"wrong_{error.problem}", **named)
    entry = error.entry or words("correction_the")
    return words("correction_impossible", entry=entry, reason=reason)


def _no_subject(error: Any, words: Words, registry: Registry | None) -> str:  # noqa: ANN401
    del registry
    if error.nearest:
        return words("subject_nearest", text=error.words, nearest=words.listed(error.nearest))
    return words("no_subject", text=error.words)


def _unreadable(error: Any, words: Words, registry: Registry | None) -> str:  # noqa: ANN401
    del registry
    why = words(
        f"file_{error.code}", megabytes=MAX_BYTES // 2**20, rows=MAX_ROWS, columns=MAX_COLUMNS
    )
    nearest = words("file_nearest", detail=error.detail) if error.detail else ""
    return words("file_refused", file=error.file, why=why, nearest=nearest)


def by_key(key: str, **attributes: str) -> Callable[[Any, Words, Registry | None], str]:
    """A sentence that names attributes of the error."""

    def tell(error: Any, words: Words, registry: Registry | None) -> str:  # noqa: ANN401
        del registry
        values = {name: getattr(error, attribute) for name, attribute in attributes.items()}
        return words(key, **values)

    return tell


def complaint_lines(error: Any, words: Words, registry: Registry | None) -> str:  # noqa: ANN401
    """All complaints of a file, one a line, and how many they are."""
    del registry
    complaints = [str(one) for one in error.complaints]
    return "\n".join([*complaints, words("check_failed", count=len(complaints))])


def _part(words: Words, name: str, part: object) -> str:
    """What a complaint names: names that are near in a half sentence, anything else as it is."""
    if name == "near" and isinstance(part, list):
        return words("usage_near", near=words.listed(part)) if part else ""
    return "-" if part is None else str(part)


def _calendar_file(error: Any, words: Words, registry: Registry | None) -> str:  # noqa: ANN401
    del registry
    lines = []
    for one in error.complaints:
        parts = {name: _part(words, name, part) for name, part in one.parts.items()}
        flaw = words(f"calendar_{one.reason}", **parts)
        lines.append(words("calendar_flaw", file=one.file, line=one.line, place=one.key, flaw=flaw))
    return "\n".join([*lines, words("calendar_refused", count=len(lines))])


TELLERS: Tellers = {
    AccessError: _access,
    HoldingError: _holding,
    CaseChangedError: _changed,
    CaseNotFoundError: by_key("not_found", ref="reference"),
    CaseOpenError: by_key("case_open", ref="case"),
    EventUnknownError: _event_unknown,
    EventDateError: _event_date,
    CorrectionImpossibleError: _correction,
    IdentityNumberError: by_key("identity_number_refused"),
    SubjectNotFoundError: _no_subject,
    SubjectMergedError: by_key("subject_merged", text="words", instead="instead", name="name"),
    ErasedAlreadyError: by_key("erased_already", person="person"),
    ConcurrencyError: by_key("busy"),
    SettlingError: by_key("unsettled", ref="case"),
    CalendarFileError: _calendar_file,
    DefinitionError: complaint_lines,
    UnreadableFileError: _unreadable,
    TickDateError: by_key("bad_tick", as_of="as_of", today="today"),
}


def _event(case: str, event: str, words: Words, registry: Registry | None) -> str:
    book = registry.by_code(case.partition("-")[0]) if registry else None
    rows = [row for row in book.workflow.transitions if row.event == event] if book else []
    label = words.label(rows[0].label) if rows else words.section("events").get(event, "")
    return words.named(event, label)


def _state(case: str, state: str, words: Words, registry: Registry | None) -> str:
    book = registry.by_code(case.partition("-")[0]) if registry else None
    found = book.workflow.states.get(state) if book else None
    return words.named(state, words.label(found.label) if found else "")
