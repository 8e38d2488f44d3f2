"""Errors of a command: the sentence in the reader's language, and the exit code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from cli.demo import NotASampleError
from cli.exits import FAILED, REFUSED, WRONG_USAGE
from cli.wiring import DatabaseMissingError, DatabaseUnfitError, NoticesUnfitError
from lifecycle.errors import TransitionRefusedError
from wording.problems import by_key, complaint_lines, sentence_of
from wording.usage import UsageError

if TYPE_CHECKING:
    from lifecycle.registry import Registry
    from wording.problems import Tellers
    from wording.words import Words

_OWN: Tellers = {
    NoticesUnfitError: complaint_lines,
    DatabaseMissingError: by_key("no_database", url="url"),
    DatabaseUnfitError: by_key("unfit_database", url="url", revision="revision"),
    NotASampleError: by_key("not_a_sample", url="url"),
}


def told(error: Exception, words: Words, registry: Registry | None) -> tuple[str, int] | None:
    """The sentence and the exit code; None for an error that is a fault of the program."""
    sentence = sentence_of(error, words, registry, _OWN)
    return None if sentence is None else (sentence, _code(error))


def _code(error: Exception) -> int:
    if isinstance(error, UsageError | sa.exc.ArgumentError | sa.exc.NoSuchModuleError):
        return WRONG_USAGE
    return REFUSED if isinstance(error, TransitionRefusedError) else FAILED
