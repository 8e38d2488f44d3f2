"""Every generated file by its path: the handbook in both languages, and the table of rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workflows.handbook.coverage import Coverage
from workflows.handbook.pages import index, listed, page
from workflows.handbook.speech import LANGUAGES, Speech

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from lifecycle.registry import Registry
    from workflows.handbook.speech import Vocabulary

HANDBOOK = "handbook"
RULES = "rules.md"
INDEX = "README.md"


def book(registry: Registry, vocabulary: Callable[[str], Vocabulary]) -> dict[str, str]:
    """Path below the folder of documents -> text, the same for the same law.

    Args:
        registry: the law.
        vocabulary: gives the catalogue of the command line in a language.
    """
    speeches = {one: Speech(one, vocabulary(one)) for one in LANGUAGES}
    pages = {}
    for language, speech in speeches.items():
        folder = f"{HANDBOOK}/{language}"
        pages[f"{folder}/{INDEX}"] = index(registry, speech)
        for workflow in listed(registry):
            pages[f"{folder}/{workflow.workflow}.md"] = page(registry, workflow, speech)
    pages[RULES] = Coverage(registry, speeches["zh"], speeches["en"]).page()
    return pages


def stale(folder: Path, pages: Mapping[str, str]) -> list[str]:
    """The files that are missing or differ, and pages of workflows that are no more."""
    differing = [
        name
        for name, text in pages.items()
        if not (folder / name).is_file() or (folder / name).read_text(encoding="utf-8") != text
    ]
    return sorted({*differing, *_left_over(folder, pages)})


def write(folder: Path, pages: Mapping[str, str]) -> None:
    """Writes every page and removes those of workflows that are no more."""
    for name in _left_over(folder, pages):
        (folder / name).unlink()
    for name, text in pages.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")


def _left_over(folder: Path, pages: Mapping[str, str]) -> list[str]:
    found = (one.relative_to(folder).as_posix() for one in (folder / HANDBOOK).rglob("*.md"))
    return sorted(name for name in found if name not in pages)
