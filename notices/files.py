"""The channel that needs no mail server: one .eml file per mail in a folder."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

from notices.delivery import DeliveryError

if TYPE_CHECKING:
    from email.message import EmailMessage
    from pathlib import Path

_UNSAFE = re.compile(r"[^A-Za-z0-9.@-]")


@dataclass(frozen=True, slots=True)
class FileChannel:
    """Writes mails as files named after their Message-ID: a repeat replaces, it never doubles."""

    folder: Path
    durable: bool = True
    """False only where every mail can be made again: files are then not flushed to the disk."""

    @property
    def repeatable(self) -> bool:
        """Writing a file twice leaves one."""
        return True

    def send(self, message: EmailMessage) -> None:
        """Writes the whole file or nothing.

        Raises:
            DeliveryError: the folder cannot be written to.
        """
        target = self.path(str(message["Message-ID"]))
        unfinished = self.folder / f".{uuid4().hex}.tmp"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with unfinished.open("wb") as file:
                file.write(message.as_bytes())
                if self.durable:
                    file.flush()
                    os.fsync(file.fileno())
            unfinished.replace(target)
        except OSError as error:
            with suppress(OSError):
                unfinished.unlink(missing_ok=True)
            raise DeliveryError(f"{self.folder}: {error.strerror}", retry=True) from error

    def path(self, message_id: str) -> Path:
        """Where the mail of that Message-ID lies."""
        return self.folder / f"{_UNSAFE.sub('', message_id)}.eml"
