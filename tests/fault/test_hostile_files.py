"""Files made to hurt: each gets one clear sentence, quickly, and nothing else happens."""

from __future__ import annotations

import io
import struct
import time
import zipfile
from datetime import date
from pathlib import Path
from random import Random

import pytest
from openpyxl import Workbook

from workflows.intake import child, reading
from workflows.intake.limits import MAX_BYTES, UnreadableFileError, check_container
from workflows.intake.reading import read_workbooks
from workflows.intake.rows import Known, check_sheet

SAMPLE = Path(__file__).resolve().parents[2] / "workflows" / "sample"
UNITS = (SAMPLE / "units.xlsx").read_bytes()
SHEET = "xl/worksheets/sheet1.xml"
CELL = '<c r="{}" t="inlineStr"><is><t>x</t></is></c>'


def parts_of(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(parts: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return target.getvalue()


def with_sheet(sheet: bytes) -> bytes:
    return packed({**parts_of(UNITS), SHEET: sheet})


def with_row(row: str) -> bytes:
    return with_sheet(
        parts_of(UNITS)[SHEET].replace(b"</sheetData>", row.encode() + b"</sheetData>")
    )


def zip_bomb() -> bytes:
    return with_sheet(b"<worksheet><sheetData>" + b" " * 90_000_000 + b"</sheetData></worksheet>")


def bomb_of_many_parts() -> bytes:
    noise = Random(1).randbytes(4_000) * 210  # noqa: S311 - seeded on purpose
    return packed({**parts_of(UNITS), **{f"xl/part{i}.bin": noise for i in range(150)}})


def lying_directory() -> bytes:
    """A bomb whose directory says that it is small."""
    content = bytearray(zip_bomb())
    with zipfile.ZipFile(io.BytesIO(bytes(content))) as archive:
        size = archive.getinfo(SHEET).file_size
    return bytes(content).replace(struct.pack("<L", size), struct.pack("<L", 1000))


def external_entity() -> bytes:
    sheet = parts_of(UNITS)[SHEET]
    declared = b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    return with_sheet(declared + sheet[sheet.index(b"<worksheet") :].replace(b"</v>", b"&x;</v>"))


def entity_far_into_the_part() -> bytes:
    return with_sheet(
        b"<!--" + Random(2).randbytes(262_140).replace(b"<", b"") + b'--><!DOCTYPE r "x">'  # noqa: S311 - seeded on purpose
    )


def far_cell() -> bytes:
    return with_row(f'<row r="1048576">{CELL.format("XFD1048576")}</row>')


def far_row_without_references() -> bytes:
    return with_row('<row r="1048576"><c t="n"><v>1</v></c></row>')


def many_rows() -> bytes:
    rows = "".join(f'<row r="{i}">{CELL.format(f"A{i}")}</row>' for i in range(1000, 20_100))
    return with_row(rows)


def far_column() -> bytes:
    return with_row(f'<row r="500">{CELL.format("BM500")}</row>')


def cut_file() -> bytes:
    return UNITS[: len(UNITS) // 2]


def flipped_bytes() -> bytes:
    at = UNITS.index(b"xl/worksheets/sheet1.xml") + 200
    return UNITS[:at] + bytes(255 - one for one in UNITS[at : at + 64]) + UNITS[at + 64 :]


def renamed_text() -> bytes:
    return "姓名,出生日期\n张三,1990-01-01\n".encode()


def other_zip() -> bytes:
    return packed({"word/document.xml": b"<document/>", "[Content_Types].xml": b"<Types/>"})


def locked_workbook() -> bytes:
    head = bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 504
    return head + "EncryptedPackage".encode("utf-16-le") + b"\0" * 480


def old_workbook() -> bytes:
    return bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 1016


def locked_zip() -> bytes:
    content = bytearray(UNITS)
    with zipfile.ZipFile(io.BytesIO(UNITS)) as archive:
        start = archive.start_dir
    content[start + 8] |= 1
    return bytes(content)


def crowded_zip() -> bytes:
    return packed({**parts_of(UNITS), **{f"x/{i}": b"" for i in range(201)}})


def oversized() -> bytes:
    return UNITS + b"\0" * MAX_BYTES


def utf16_sheet() -> bytes:
    return with_sheet(parts_of(UNITS)[SHEET].decode().encode("utf-16"))


def other_list() -> bytes:
    book, target = Workbook(), io.BytesIO()
    book.worksheets[0].append(["品名", "数量"])
    book.worksheets[0].append(["桌子", 3])
    book.save(target)
    return target.getvalue()


def empty_sheet() -> bytes:
    target = io.BytesIO()
    Workbook().save(target)
    return target.getvalue()


HOSTILE = {
    zip_bomb: "inflates_too_much",
    bomb_of_many_parts: "inflates_too_much",
    lying_directory: "inflates_too_much",
    external_entity: "external_entities",
    entity_far_into_the_part: "external_entities",
    far_cell: "too_many_rows",
    far_row_without_references: "too_many_rows",
    many_rows: "too_many_rows",
    far_column: "too_many_columns",
    cut_file: "damaged",
    flipped_bytes: "damaged",
    utf16_sheet: "damaged",
    renamed_text: "not_a_workbook",
    other_zip: "not_a_workbook",
    old_workbook: "not_a_workbook",
    bytes: "not_a_workbook",
    locked_workbook: "encrypted",
    locked_zip: "encrypted",
    crowded_zip: "too_many_entries",
    oversized: "too_large",
    other_list: "unknown_layout",
    empty_sheet: "unknown_layout",
}


@pytest.mark.parametrize("build", HOSTILE, ids=lambda one: one.__name__)
def test_a_hostile_file_gets_one_sentence(build: type[bytes], tmp_path: Path) -> None:
    path = tmp_path / "roster.xlsx"
    path.write_bytes(build())
    begun = time.perf_counter()
    with pytest.raises(UnreadableFileError) as refusal:
        read_workbooks(path)
    assert time.perf_counter() - begun < 10
    assert refusal.value.code == HOSTILE[build]
    assert refusal.value.file == "roster.xlsx"
    text = str(refusal.value)
    assert text.startswith("roster.xlsx ")
    assert text.endswith(".")
    assert "\n" not in text
    assert text.count(". ") == 0
    assert list(tmp_path.iterdir()) == [path]


def test_formats_far_beyond_the_data_are_no_content() -> None:
    check_container("units.xlsx", with_row('<row r="1048576"><c r="XFD1048576" s="0"/></row>'))


def test_a_name_cannot_smuggle_lines_or_folders_into_the_sentence() -> None:
    with pytest.raises(UnreadableFileError) as refusal:
        check_container("../../etc/a\nb\u202e.xlsx", b"")
    assert refusal.value.file == "ab.xlsx"


def test_a_file_stored_under_a_random_name_is_called_by_its_own(tmp_path: Path) -> None:
    path = tmp_path / "8f14e45f"
    path.write_bytes(UNITS)
    assert read_workbooks(path, "units.xlsx")[0].raw.file == "units.xlsx"


def test_a_parser_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sleeper = tmp_path / "sleeper.py"
    sleeper.write_text("import time\ntime.sleep(60)\n", encoding="utf-8")
    monkeypatch.setattr(child, "__file__", str(sleeper))
    monkeypatch.setattr(reading, "WALL_SECONDS", 0.5)
    with pytest.raises(UnreadableFileError) as refusal:
        read_workbooks(SAMPLE / "units.xlsx")
    assert refusal.value.code == "took_too_long"


def test_two_hundred_mutilated_files_are_read_or_refused_but_never_crash(tmp_path: Path) -> None:
    chance = Random(20261101)  # noqa: S311 - seeded on purpose
    path = tmp_path / "units.xlsx"
    refused = 0
    for _ in range(200):
        path.write_bytes(_mutilated(chance))
        try:
            for sheet in read_workbooks(path):
                check_sheet(sheet, date(2026, 11, 1), Known())
        except UnreadableFileError:
            refused += 1
    assert refused > 100


def _mutilated(chance: Random) -> bytes:
    """The bytes damaged on the way, or a sound container around a damaged sheet."""
    inside = chance.random() < 0.3
    content = bytearray(parts_of(UNITS)[SHEET] if inside else UNITS)
    for _ in range(chance.randrange(1, 20)):
        content[chance.randrange(len(content))] = chance.randrange(256)
    if chance.random() < 0.2:
        del content[chance.randrange(len(content)) :]
    return with_sheet(bytes(content)) if inside else bytes(content)
