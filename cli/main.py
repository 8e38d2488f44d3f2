"""The program `lifecycle`: its commands, the language it speaks, its exit codes."""

from __future__ import annotations

import logging
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Any

import typer
from pydantic import ValidationError
from typer.main import get_command

from cli.commands import (
    acting,
    auditing,
    calendars,
    correcting,
    doctor,
    erasing,
    explaining,
    handbook,
    indicators,
    listing,
    merging,
    opening,
    own_file,
    parameters,
    registering,
    retaining,
    rosters,
    routing,
    rules,
    running,
    showing,
    users,
)
from cli.context import Context
from cli.exits import DONE, FAILED, WRONG_USAGE
from cli.helping import translate
from cli.output import Output
from cli.problems import told
from cli.settings import Settings
from wording.words import LANGUAGES, Words

if TYPE_CHECKING:
    from collections.abc import Sequence

GROUPS = (
    running,
    users,
    rosters,
    registering,
    listing,
    showing,
    opening,
    acting,
    correcting,
    merging,
    explaining,
    routing,
    indicators,
    parameters,
    calendars,
    rules,
    handbook,
    auditing,
    own_file,
    retaining,
    erasing,
    doctor,
)
"""In the order in which help lists them: set up, take in, look, act, figures, law, evidence."""

app = typer.Typer(
    name="lifecycle",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for group in GROUPS:
    app.registered_commands += group.app.registered_commands
    app.registered_groups += group.app.registered_groups


@app.callback()
def common(ctx: typer.Context, lang: Annotated[str | None, typer.Option()] = None) -> None:
    """Options of every command; the language was looked up before, so that errors speak it too."""
    del ctx, lang


def main() -> None:
    """Runs one command and ends the process with its exit code."""
    logging.basicConfig(level=logging.ERROR, stream=sys.stderr)
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError):  # a stream that somebody put in its place
            stream.reconfigure(encoding="utf-8")  # type: ignore[union-attr] # of real files only
    try:
        code = run(sys.argv[1:])
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader has seen enough (`| head`); Python would complain once more when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = DONE
    sys.exit(code)


def run(arguments: Sequence[str]) -> int:
    """Runs one command; its exit code: 0 done, 1 error, 2 rows rejected, 3 refused, 64 usage."""
    language, rest = _language(arguments)
    try:
        settings = Settings()
    except ValidationError as error:
        return _complain(Words("zh"), "bad_setting", names=_named(error))
    language = language or settings.lang
    if language not in LANGUAGES:
        return _complain(Words("zh"), "bad_language", text=language)
    words = Words(language)
    context = Context(settings.model_copy(update={"lang": language}), Output(words))
    command = get_command(app)
    translate(command, words)
    try:
        return _run(command, rest, context)
    finally:
        context.close()


def _run(command: Any, arguments: Sequence[str], context: Context) -> int:  # noqa: ANN401 - typer's own
    words = context.output.words
    try:
        result = command.main(
            list(arguments), prog_name="lifecycle", standalone_mode=False, obj=context
        )
    except BrokenPipeError:
        raise
    except Exception as error:
        usage = usage_sentence(error, words)
        if usage is not None:
            context.output.complain(usage)
            return WRONG_USAGE
        registry = context.app.registry if "app" in context.__dict__ else None
        answer = told(error, words, registry)
        if answer is None:
            raise
        context.output.complain(answer[0])
        return answer[1]
    return result if isinstance(result, int) else DONE


def _language(arguments: Sequence[str]) -> tuple[str, list[str]]:
    """The language that `--lang` names, wherever it stands, and the other arguments."""
    rest = list(arguments)
    for number, one in enumerate(rest):
        if one == "--":
            break
        if one.startswith("--lang="):
            return one.removeprefix("--lang="), [*rest[:number], *rest[number + 1 :]]
        if one == "--lang" and number + 1 < len(rest):
            return rest[number + 1], [*rest[:number], *rest[number + 2 :]]
    return "", rest


def _complain(words: Words, key: str, **values: object) -> int:
    Output(words).complain(words("usage", message=words(key, **values)))
    return WRONG_USAGE


def _named(error: ValidationError) -> str:
    """The settings that are wrong, without their values."""
    return ", ".join(f"LIFECYCLE_{str(one['loc'][0]).upper()}" for one in error.errors())


_USAGE_KEYS = {
    "NoSuchOption": "usage_no_option",
    "MissingParameter": "usage_missing",
    "BadParameter": "usage_bad_value",
    "NoArgsIsHelpError": "",
}
"""Typer's own complaints by the name of their class: it exports none of the classes."""


def usage_sentence(error: Exception, words: Words) -> str | None:
    """What is wrong with the arguments, in the reader's language; None for any other error."""
    format_message = getattr(error, "format_message", None)
    if format_message is None:
        return None
    key = _USAGE_KEYS.get(type(error).__name__, "usage_other")
    message = str(format_message())
    if not key:
        return message
    ctx = getattr(error, "ctx", None)
    path = getattr(ctx, "command_path", "lifecycle") or "lifecycle"
    param = getattr(error, "param", None)
    name = param.get_error_hint().strip("'") if param is not None else ""
    option = getattr(error, "option_name", "")
    near = ", ".join(getattr(error, "possibilities", None) or ())
    hint = words("usage_near", near=near) if near else ""
    said = words(key, message=message, name=name, option=option, hint=hint)
    return words("usage_of", message=said, path=path)


__all__ = ["DONE", "FAILED", "WRONG_USAGE", "app", "main", "run"]
