"""Help in the reader's language: what each command and each option means, from the catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wording.words import Words


def translate(command: Any, words: Words, path: str = "") -> None:  # noqa: ANN401 - typer's own command
    """Gives a command, its options and its subcommands the catalogue's texts.

    The catalogue's section `help` holds a command's text under its name (`add person`), an
    option's under `command.option`, or under the option's name alone where all commands share it.
    """
    texts = words.section("help")
    command.help = texts.get(path or "lifecycle", "")
    command.short_help = None
    for param in command.params:
        param.help = _option(texts, path, param.name)
    for name, child in getattr(command, "commands", {}).items():
        translate(child, words, f"{path} {name}".strip())


def _option(texts: Mapping[str, str], path: str, name: str) -> str:
    return texts.get(f"{path}.{name}") or texts.get(f".{name}", "")


def missing_help(command: Any, words: Words, path: str = "") -> list[str]:  # noqa: ANN401 - typer's own command
    """The keys that the catalogue lacks: a command or an option that nobody explains."""
    texts = words.section("help")
    missing = [] if (path or "lifecycle") in texts else [path or "lifecycle"]
    missing += [
        f"{path}.{param.name}" for param in command.params if not _option(texts, path, param.name)
    ]
    for name, child in getattr(command, "commands", {}).items():
        missing += missing_help(child, words, f"{path} {name}".strip())
    return missing
