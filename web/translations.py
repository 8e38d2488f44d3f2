"""Page furniture in the reader's language: gettext catalogues, read as they are written.

The source strings stand in the templates, in English; `web/locale/zh.po` has the Chinese. There is
no compiled file to forget: the catalogue is read when the desk starts.
"""

from __future__ import annotations

import gettext
import io
from functools import cache
from pathlib import Path
from typing import Final

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

FOLDER: Final = Path(__file__).parent / "locale"


@cache
def translations(language: str) -> gettext.NullTranslations:
    """The catalogue of a language; English is what the templates say themselves."""
    path = FOLDER / f"{language}.po"
    if language == "en":
        return gettext.NullTranslations()
    with path.open("rb") as file:
        catalogue = read_po(file, locale=language)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
