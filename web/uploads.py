"""Uploaded workbooks while they wait: each upload a folder with a random name and a manifest."""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import shutil
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

from workflows.intake.fixing import Fixes, with_fixes
from workflows.intake.reading import read_workbooks

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from workflows.intake.layouts import RecognisedSheet

TOKEN: Final = re.compile(r"[0-9a-f]{32}")
MANIFEST: Final = "manifest.json"
BUSY: Final = "busy"


LONGEST_NAME: Final = 80


class UploadNotFoundError(LookupError):
    """There is no such upload, or it is somebody else's."""


@dataclass(slots=True)
class Upload:
    """Workbooks that one account has uploaded, and how far they have come."""

    token: str
    account_id: int
    at: str
    as_of: str
    names: list[str]
    """As the browser called the files; they are stored under their number."""
    fixes: dict[str, str | None] = field(default_factory=dict)
    """`sheet.row.field` -> what was typed instead."""
    result: dict[str, Any] | None = None
    """What became of them once they were taken over."""

    @property
    def as_of_day(self) -> date:
        """The day as of which the lists are taken over."""
        return date.fromisoformat(self.as_of)

    @property
    def moment(self) -> datetime:
        """When they were uploaded."""
        return datetime.fromisoformat(self.at)

    @property
    def state(self) -> str:
        """What the outcome of a check depends on, in short: another one after every change."""
        said = json.dumps([self.as_of, sorted(self.fixes.items())])
        return hashlib.sha256(said.encode()).hexdigest()[:16]

    def fixes_of(self, number: int) -> Fixes:
        """What was typed anew on one sheet."""
        found: Fixes = {}
        for key, text in self.fixes.items():
            sheet, row, name = key.split(".", 2)
            if int(sheet) == number:
                found[int(row), name] = text
        return found


@dataclass(frozen=True, slots=True)
class Uploads:
    """The folder in which uploads wait; who cleans up finds it as `uploads` in the data folder."""

    folder: Path

    def keep(
        self, files: Sequence[tuple[str, bytes]], account_id: int, at: datetime, as_of: date
    ) -> Upload:
        """Stores workbooks of an account that can be read.

        Raises:
            UnreadableFileError: one of them cannot; nothing is stored.
        """
        token = secrets.token_hex(16)
        names = [plain_name(name) for name, _ in files]
        upload = Upload(token, account_id, at.isoformat(), as_of.isoformat(), names)
        place = self.folder / token
        place.mkdir(parents=True, mode=0o700)
        try:
            for number, (_, content) in enumerate(files):
                (place / f"{number}.xlsx").write_bytes(content)
            self.sheets(upload)
        except BaseException:
            shutil.rmtree(place)
            raise
        self.save(upload)
        return upload

    def sheets(self, upload: Upload, *, as_uploaded: bool = False) -> list[RecognisedSheet]:
        """Every list in the workbooks, with what was typed anew in its place."""
        place = self.folder / upload.token
        read = [
            sheet
            for number, name in enumerate(upload.names)
            for sheet in read_workbooks(place / f"{number}.xlsx", name)
        ]
        if as_uploaded:
            return read
        return [with_fixes(one, upload.fixes_of(number)) for number, one in enumerate(read)]

    def save(self, upload: Upload) -> None:
        """Writes the manifest, whole or not at all."""
        place = self.folder / upload.token
        fresh = place / f"{MANIFEST}.{secrets.token_hex(4)}"
        fresh.write_text(json.dumps(asdict(upload), ensure_ascii=False), encoding="utf-8")
        fresh.replace(place / MANIFEST)

    def load(self, token: str, account_id: int) -> Upload:
        """An account's own upload.

        Raises:
            UploadNotFoundError: there is none of that name, or it is somebody else's.
        """
        if TOKEN.fullmatch(token) is None:
            raise UploadNotFoundError(token)
        try:
            text = (self.folder / token / MANIFEST).read_text(encoding="utf-8")
        except OSError as problem:
            raise UploadNotFoundError(token) from problem
        upload = Upload(**json.loads(text))
        if upload.account_id != account_id:
            raise UploadNotFoundError(token)
        return upload

    def own(self, account_id: int) -> list[Upload]:
        """An account's uploads, the latest first."""
        names = [one.name for one in self.folder.iterdir()] if self.folder.is_dir() else []
        return sorted(self._own(names, account_id), key=lambda one: one.at, reverse=True)

    def _own(self, names: Iterable[str], account_id: int) -> Iterator[Upload]:
        for name in names:
            try:
                yield self.load(name, account_id)
            except UploadNotFoundError:
                continue

    def discard(self, upload: Upload) -> None:
        """Removes an upload with everything in it."""
        shutil.rmtree(self.folder / upload.token, ignore_errors=True)

    def begin(self, upload: Upload) -> bool:
        """Marks an upload as being taken over; False while it is already."""
        try:
            mark = os.open(self.folder / upload.token / BUSY, os.O_CREAT | os.O_EXCL)
        except FileExistsError:
            return False
        os.close(mark)
        return True

    def end(self, upload: Upload) -> None:
        """Takes the mark away."""
        (self.folder / upload.token / BUSY).unlink(missing_ok=True)


def plain_name(given: str) -> str:
    """The name of a file without folders and without what cannot be printed."""
    last = given.replace("\\", "/").rpartition("/")[2]
    return "".join(one for one in last if one.isprintable())[-LONGEST_NAME:] or "workbook.xlsx"
