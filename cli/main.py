"""The program `lifecycle`: commands, language, exit codes."""

from __future__ import annotations

import logging
import sys
from typing import Annotated

import sqlalchemy as sa
import typer


from cli.commands import acting, auditing, looking, rosters, rules, running
from cli.context import Context, UsageError
from cli.output import Output
from cli.settings import Settings
from cli.words import Words
from lifecycle.errors import (
    CaseChangedError,
    CaseNotFoundError,
    EventDateError,
    EventUnknownError,
    LifecycleError,
)
from workflows.intake.limits import UnreadableFileError

WRONG_USAGE = 64
FAILED = 1

app = typer.Typer(
    name="lifecycle",
    help="Organizational lifecycle cases: rosters in, cases advanced, time watched, all proved.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for group in (running, rosters, acting, looking, rules):
    app.registered_commands += group.app.registered_commands
    app.registered_groups += group.app.registered_groups
app.add_typer(auditing.app, name="audit")


@app.callback()
def common(
    ctx: typer.Context,
    lang: Annotated[str | None, typer.Option(help="zh or en")] = None,
) -> None:
    """Organizational lifecycle cases."""
    settings = Settings()
    language = lang or settings.lang
    if language not in {"zh", "en"}:
        message = f"--lang {language}: zh | en"
        raise UsageError(message)
    ctx.obj = Context(settings.model_copy(update={"lang": language}), Output(Words(language)))
    _STATE["words"] = ctx.obj.output.words


_STATE: dict[str, Words] = {"words": Words("zh")}
"""The language that errors are told in, once it is known."""


def main() -> None:
    """Runs one command and ends the process with its exit code."""
    logging.basicConfig(level=logging.ERROR, stream=sys.stderr)
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Runs one command; its exit code: 0 done, 1 error, 2 rows rejected, 3 refused, 64 usage."""
    try:
        result = app(args=arguments, standalone_mode=False)
    except UsageError as error:
        return _told(str(error), WRONG_USAGE)
    except LifecycleError as error:
        return _told(explained(error, _STATE["words"]), FAILED)
    except UnreadableFileError as error:
        return _told(_STATE["words"]("error", message=str(error)), FAILED)
    except sa.exc.OperationalError as error:
        return _told(_STATE["words"]("error", message=str(error.orig)), FAILED)
    except Exception as error:
        usage = getattr(error, "format_message", None)
        if usage is None:
            raise
        return _told(_STATE["words"]("usage", message=usage()), WRONG_USAGE)
    return result if isinstance(result, int) else 0


def _told(text: str, code: int) -> int:
    sys.stderr.write(text + "\n")
    return code


def explained(error: LifecycleError, words: Words) -> str:
    """An error in the reader's language: what, which case, what to do."""
    match error:
        case CaseChangedError():
            return words(
                "changed",
                ref=error.case,
                who=error.changed_by,
                at=f"{error.changed_at:%Y-%m-%d %H:%M:%S}Z",
                event=error.event,
                expected=error.expected,
                found=error.found,
            )
        case EventUnknownError():
            possible = ", ".join(error.possible) or words("nothing_possible", state=error.state)
            return words(
                "event_unknown",
                ref=error.case,
                state=error.state,
                event=error.event,
                possible=possible,
            )
        case CaseNotFoundError():
            return words("not_found", ref=error.reference)
        case EventDateError():
            reason = f"{error.reason}. {error.todo}"
            return words(
                "event_date",
                ref=error.case,
                on=error.effective_on,
                event=error.event,
                reason=reason,
            )
        case _:
            return words("error", message=str(error))



