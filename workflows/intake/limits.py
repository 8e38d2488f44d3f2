"""What a file must be before anything parses it: small, whole, open and without tricks."""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_BYTES: Final = 10 * 1024 * 1024
MAX_ENTRIES: Final = 200
MAX_UNPACKED_BYTES: Final = 100 * 1024 * 1024
MAX_RATIO: Final = 100
LARGE_ENTRY_BYTES: Final = 1024 * 1024
"""Below this size a high ratio is ordinary: an empty style sheet packs very well."""

MAX_ROWS: Final = 20_000
MAX_COLUMNS: Final = 64

_CHUNK: Final = 256 * 1024
_OVERLAP: Final = 256
"""Bytes kept from one chunk to the next, so that a mark across the border is seen."""

_LOCAL_HEADER: Final = struct.Struct("<4s5H3I2H")
_OLE: Final = bytes.fromhex("d0cf11e0a1b11ae1")
_ENCRYPTED_STREAM: Final = "EncryptedPackage".encode("utf-16-le")
_WORKBOOK: Final = "xl/workbook.xml"
_ENTITY: Final = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_FILLED_CELL: Final = re.compile(
    rb"""<(?:\w{1,20}:)?c\s[^<>]{0,120}?\br\s*=\s*["']([A-Za-z]{1,3})(\d{1,7})["'][^<>]{0,120}(?<!/)>"""
)
"""A cell with something in it; formats reach far beyond the data and are closed at once."""

_UTF16_MARKS: Final = (b"\xff\xfe", b"\xfe\xff", b"<\x00", b"\x00<")

_COPY: Final = "copy the list alone into a new workbook"
_SENTENCES: Final = {
    "not_a_workbook": "is not an .xlsx workbook; save the list as .xlsx in a spreadsheet program",
    "too_large": f"is larger than {MAX_BYTES // 2**20} MB; split the list into several files",
    "too_many_entries": f"holds more than {MAX_ENTRIES} parts; {_COPY}",
    "inflates_too_much": f"unpacks to far more than a list can need; {_COPY}",
    "encrypted": "is protected by a password; save it without one",
    "damaged": "is damaged or was cut on the way; save it again and send it once more",
    "external_entities": "declares a document type, as no spreadsheet program does; save it again",
    "too_many_rows": f"has content below row {MAX_ROWS}; clear stray cells below or split the list",
    "too_many_columns": f"has content beyond column {MAX_COLUMNS}; clear stray cells to the right",
    "took_too_long": f"took too long to read; {_COPY}",
    "unknown_layout": "has no sheet with the columns of a known list",
}


class UnreadableFileError(ValueError):
    """A file that is refused as a whole, with one sentence that says why and what to do."""

    def __init__(self, file: str, code: str, detail: str = "") -> None:
        self.file = _printable(file)
        """The name under which the file was given, without folders."""
        self.code = code
        self.detail = detail
        more = f"; {detail}" if detail else ""
        super().__init__(f"{self.file} {_SENTENCES[code]}{more}.")


def _printable(name: str) -> str:
    plain = "".join(c for c in PurePath(name.replace("\\", "/")).name if c.isprintable())
    return plain[:80] or "The file"


def check_container(name: str, content: bytes) -> None:
    """Look at the bytes of a workbook before anything parses them.

    Everything is unpacked once, piece by piece and counted, because the sizes in a zip directory
    are whatever its author wrote.

    Raises:
        UnreadableFileError: the file is no workbook, too large, locked, cut or a trap.
    """
    if len(content) > MAX_BYTES:
        raise UnreadableFileError(name, "too_large")
    _check_kind(name, content)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OverflowError, NotImplementedError) as problem:
        raise UnreadableFileError(name, "damaged") from problem
    _check_directory(name, entries)
    unpacked = 0
    for entry in entries:
        unpacked += _check_entry(name, content, entry, MAX_UNPACKED_BYTES - unpacked)


def _check_kind(name: str, content: bytes) -> None:
    if content.startswith(_OLE):
        code = "encrypted" if _ENCRYPTED_STREAM in content else "not_a_workbook"
        raise UnreadableFileError(name, code)
    if not content.startswith(b"PK"):
        raise UnreadableFileError(name, "not_a_workbook")


def _check_directory(name: str, entries: list[zipfile.ZipInfo]) -> None:
    if len(entries) > MAX_ENTRIES:
        raise UnreadableFileError(name, "too_many_entries")
    names = [entry.filename for entry in entries]
    if _WORKBOOK not in names:
        raise UnreadableFileError(name, "not_a_workbook")
    if len({one.lower() for one in names}) < len(names):
        raise UnreadableFileError(name, "damaged")
    if any(entry.flag_bits & 0x1 for entry in entries):
        raise UnreadableFileError(name, "encrypted")
    if sum(entry.file_size for entry in entries) > MAX_UNPACKED_BYTES:
        raise UnreadableFileError(name, "inflates_too_much")


def _check_entry(name: str, content: bytes, entry: zipfile.ZipInfo, left: int) -> int:
    """Unpack one part, look for traps in it and return its real size in bytes."""
    size, check, kept = 0, 0, b""
    try:
        for chunk in _inflated(content, entry):
            size += len(chunk)
            if size > left or (size > LARGE_ENTRY_BYTES and size > MAX_RATIO * entry.compress_size):
                raise UnreadableFileError(name, "inflates_too_much")
            check = zlib.crc32(chunk, check)
            if not kept and chunk.startswith(_UTF16_MARKS) and not _is_media(entry):
                raise UnreadableFileError(name, "damaged")
            kept = _look_for_traps(name, entry, kept + chunk)
    except (zlib.error, struct.error) as problem:
        raise UnreadableFileError(name, "damaged") from problem
    if size != entry.file_size or check != entry.CRC:
        raise UnreadableFileError(name, "damaged")
    return size


def _is_media(entry: zipfile.ZipInfo) -> bool:
    return entry.filename.startswith("xl/media/")


def _look_for_traps(name: str, entry: zipfile.ZipInfo, text: bytes) -> bytes:
    """Refuse declarations and far cells in the text, and return the end to look at again."""
    if _is_media(entry):
        return b""
    if _ENTITY.search(text):
        raise UnreadableFileError(name, "external_entities")
    for cell in _FILLED_CELL.finditer(text):
        if int(cell[2]) > MAX_ROWS:
            raise UnreadableFileError(name, "too_many_rows")
        if _column_number(cell[1]) > MAX_COLUMNS:
            raise UnreadableFileError(name, "too_many_columns")
    return text[-_OVERLAP:]


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _inflated(content: bytes, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    """The unpacked bytes of a part in chunks, whatever size the directory claims.

    Raises:
        zlib.error: the part is cut, or packed in a way that no spreadsheet program uses.
    """
    header = _LOCAL_HEADER.unpack_from(content, entry.header_offset)
    start = entry.header_offset + _LOCAL_HEADER.size + header[9] + header[10]
    packed = memoryview(content)[start : start + entry.compress_size]
    if header[0] != b"PK\x03\x04" or len(packed) < entry.compress_size:
        raise zlib.error("the part does not stand where the directory says")
    if entry.compress_type == zipfile.ZIP_STORED:
        for begin in range(0, len(packed), _CHUNK):
            yield bytes(packed[begin : begin + _CHUNK])
    elif entry.compress_type == zipfile.ZIP_DEFLATED:
        yield from _deflated(packed)
    else:
        raise zlib.error("unusual compression")


def _deflated(packed: memoryview) -> Iterator[bytes]:
    engine = zlib.decompressobj(-zlib.MAX_WBITS)
    waiting: bytes | memoryview = packed
    while not engine.eof:
        chunk = engine.decompress(waiting, _CHUNK)
        waiting = engine.unconsumed_tail
        if not chunk and not waiting and not engine.eof:
            raise zlib.error("the part ends too early")
        if chunk:
            yield chunk
