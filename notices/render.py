"""The only Jinja environment for notices: sandboxed, strict, compiled once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import FileSystemLoader, StrictUndefined, TemplateError, meta, pass_context
from jinja2.sandbox import SandboxedEnvironment

from lifecycle.errors import LifecycleError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jinja2.runtime import Context

    from lifecycle.definition import Stage

LANGUAGES = ("zh", "en")
TEXT_PARTS = ("subject", "txt")
"""The templates of one notice in one stage and language; the HTML wraps the text."""

_FOLDER = Path(__file__).parent / "templates"


class RenderError(LifecycleError):
    """A notice cannot be put into words: a template is missing or asks for what is not there."""

    def __init__(self, template: str, reason: str) -> None:
        self.template = template
        self.reason = reason
        super().__init__(f"{template} cannot be rendered: {reason}")


@dataclass(frozen=True, slots=True)
class Rendered:
    """One notice in one language, ready to be sent."""

    subject: str
    text: str
    """The whole letter, from greeting to footer."""
    html: str
    body: str
    """What a digest shows of it: without greeting and footer."""


@dataclass(frozen=True, slots=True)
class DigestItem:
    """One notice within a digest."""

    notice: str
    subject: str
    body: str


def _autoescape(name: str | None) -> bool:
    return name is not None and name.endswith(".html.j2")


def _environment() -> SandboxedEnvironment:
    environment = SandboxedEnvironment(
        loader=FileSystemLoader(_FOLDER),
        undefined=StrictUndefined,
        autoescape=_autoescape,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        cache_size=-1,
    )
    environment.globals.clear()
    environment.filters["day"] = _day
    return environment


@pass_context
def _day(context: Context, value: str | None) -> str:
    """A date as the template's language writes it: the words stand in `words.j2`."""
    if value is None:
        return ""
    language = str(context.name).partition("/")[0]
    words: Any = ENVIRONMENT.get_template(f"{language}/words.j2").module
    return str(words.day(value)).strip()


ENVIRONMENT = _environment()


def template_name(notice: str, stage: Stage, language: str, part: str) -> str:
    """The file of one part of a notice, below the folder of templates."""
    return f"{language}/{notice}.{stage.value}.{part}.j2"


@cache
def templates() -> frozenset[str]:
    """The names of every template that ships."""
    return frozenset(ENVIRONMENT.list_templates())


@cache
def names_used(template: str) -> frozenset[str]:
    """The values that a template, and every template that it builds on, asks for."""
    source, _, _ = ENVIRONMENT.get_or_select_template(template).environment.loader.get_source(  # type: ignore[union-attr]  # the environment has a loader
        ENVIRONMENT, template
    )
    tree = ENVIRONMENT.parse(source)
    names = set(meta.find_undeclared_variables(tree))
    for parent in meta.find_referenced_templates(tree):
        if parent is not None:
            names |= names_used(parent)
    return frozenset(names)


def render(notice: str, stage: Stage, language: str, values: Mapping[str, Any]) -> Rendered:
    """The notice in words; a name that its templates use and `values` lacks is simply empty.

    Raises:
        RenderError: there is no such template, or it asks for part of something that is missing.
    """
    subject, letter = (template_name(notice, stage, language, part) for part in TEXT_PARTS)
    known = frozenset({subject, letter}) & templates()
    if len(known) < len(TEXT_PARTS):
        raise RenderError(letter, "the template is missing")
    complete = dict.fromkeys(names_used(subject) | names_used(letter)) | dict(values)
    title = _one_line(_run(subject, complete | {"framed": False}))
    text = _run(letter, complete | {"framed": True})
    body = _run(letter, complete | {"framed": False})
    return Rendered(title, text, _html(language, title, text), body)


def render_digest(language: str, on: str, items: Sequence[DigestItem]) -> Rendered:
    """One letter out of several notices, in the order given, those of one kind together.

    Args:
        language: zh or en.
        on: the day of the digest, as ISO text.
        items: what it collects, the oldest due first.
    """
    groups: dict[str, list[DigestItem]] = {}
    for item in items:
        groups.setdefault(item.notice, []).append(item)
    values = {"on": on, "count": len(items), "groups": list(groups.items()), "framed": True}
    title = _one_line(_run(f"{language}/digest.subject.j2", values))
    text = _run(f"{language}/digest.txt.j2", values)
    return Rendered(title, text, _html(language, title, text), text)


def _html(language: str, title: str, text: str) -> str:
    paragraphs = [part.splitlines() for part in text.split("\n\n") if part.strip()]
    values = {"language": language, "title": title, "paragraphs": paragraphs}
    return _run("message.html.j2", values)


def _run(template: str, values: Mapping[str, Any]) -> str:
    try:
        return ENVIRONMENT.get_template(template).render(values).strip() + "\n"
    except (TemplateError, TypeError, ValueError, KeyError, IndexError) as error:
        # The kind of the mistake only: its text may repeat a value about a person.
        raise RenderError(template, type(error).__name__) from error


def _one_line(text: str) -> str:
    return " ".join(text.split())
