"""Pages: the only Jinja environment of the desk."""

from __future__ import annotations

import hashlib
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode
from uuid import uuid4

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse

from lifecycle.access import ACTING, OFFICERS, Role
from lifecycle.moments import ZONE
from web.last_list import way_back
from web.sitting import sitting_of
from web.translations import translations
from wording.glossary import parts

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from starlette.requests import Request

IMPORTING: Final = frozenset({Role.CASE_OFFICER, Role.ORG_DEPT_OFFICER, Role.REGISTRATION_OFFICER})
"""Who takes lists over."""

HERE: Final = Path(__file__).parent
STATIC: Final = HERE / "static"


@cache
def environment(language: str) -> Environment:
    """The templates in one language."""
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
        auto_reload=False,
    )
    made.install_gettext_translations(translations(language), newstyle=True)  # type: ignore[attr-defined] # of the extension
    made.globals |= {
        "static": static,
        "fresh": lambda: uuid4().hex,
        "officers": OFFICERS,
        "acting": ACTING,
    }
    made.filters |= {"moment": moment, "query": query}
    made.filters["explained"] = partial(explained, language=language)
    return made


@cache
def static(name: str) -> str:
    """The address of a file that browsers keep until its content changes."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:10]
    return f"/static/{name}?v={digest}"


def moment(at: datetime) -> str:
    """A moment in local time, as officers read clocks."""
    return at.astimezone(ZONE).strftime("%Y-%m-%d %H:%M")


def explained(text: str, language: str) -> Markup:
    """A text whose official terms say what they mean when one points at them."""
    return Markup("").join(
        Markup('<abbr title="{}">{}</abbr>').format(meaning, piece) if meaning else piece
        for piece, meaning in parts(text, language)
    )


def query(given: Mapping[str, object], **changed: object) -> str:
    """The conditions of a page as the end of an address, some of them changed; empty ones go."""
    merged = {**given, **changed}
    return urlencode({name: value for name, value in merged.items() if value not in (None, "")})


def areas(language: str) -> list[tuple[str, str, frozenset[Role]]]:
    """The areas of the desk: address, name, and who finds anything there."""
    told = translations(language).gettext
    officers, administrators = frozenset(OFFICERS), frozenset({Role.ADMINISTRATOR})
    settling = administrators | {Role.ORG_DEPT_OFFICER, Role.CASE_OFFICER}
    tracing = frozenset({Role.AUDITOR, Role.ORG_DEPT_OFFICER, Role.APPROVER, Role.CASE_OFFICER})
    return [
        ("/work", told("Work list"), officers),
        ("/organizations", told("Organizations"), officers),
        ("/calendar", told("Calendar"), officers),
        ("/indicators", told("Indicators"), officers),
        ("/notices", told("Notices"), officers),
        ("/import", told("Import"), IMPORTING),
        ("/audit", told("Audit"), tracing),
        ("/settings", told("Settings"), settling),
        ("/health", told("Health"), administrators),
    ]


def page(
    request: Request,
    template: str,
    status: int = 200,
    **values: Any,  # noqa: ANN401 - what it shows
) -> HTMLResponse:
    """A page from its template, with what every page shows."""
    sitting = sitting_of(request)
    made = environment(sitting.language).get_template(template)
    told = {
        "sitting": sitting,
        "areas": lambda: areas(sitting.language),
        "token": lambda: Markup('<input type="hidden" name="_token" value="{}">').format(
            sitting.token
        ),
        "words": sitting.teller.words,
        "here": request.url.path,
        "back_to": lambda path: way_back(request, path),
        "get": request.method == "GET",
        "full": request.url.path + (f"?{request.url.query}" if request.url.query else ""),
    }
    return HTMLResponse(made.render(told | values), status)
