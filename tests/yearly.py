"""A year's holidays as officers write them, and cases that wait for those of 2027."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from tests.tale import Tale

if TYPE_CHECKING:
    from pathlib import Path

    from cli.wiring import App

BEGIN, PUBLISHED = date(2024, 3, 1), date(2026, 11, 20)
"""When the story begins, and the day on which the arrangement of 2027 is at hand."""

NOTICE = "国务院办公厅关于2027年部分节假日安排的通知（国办发明电〔2026〕5号，2026-11-05）"

HOLIDAYS = (
    ("元旦", "New Year", "2027-01-01", "2027-01-03"),
    ("春节", "Spring Festival", "2027-02-05", "2027-02-11"),
    ("清明节", "Tomb-Sweeping Day", "2027-04-03", "2027-04-05"),
    ("劳动节", "Labour Day", "2027-05-01", "2027-05-05"),
    ("国庆节", "National Day", "2027-10-01", "2027-10-07"),
)

MAKEUP = ("2027-01-31", "2027-02-20", "2027-10-09")


def calendar_text(
    *more: tuple[str, str, str, str],
    year: int = 2027,
    notice: str = NOTICE,
    makeup: tuple[str, ...] = MAKEUP,
) -> str:
    """The arrangement of 2027 with further holidays, as it might be published."""
    lines = [f"year: {year}", f"notice: {notice}", "holidays:"]
    for zh, en, first, last in (*HOLIDAYS, *more):
        lines.append(f"  - {{name: {{zh: {zh}, en: {en}}}, from: {first}, to: {last}}}")
    lines.append("makeup_working_days:")
    lines += [f"  - {day}" for day in makeup]
    return "\n".join(lines) + "\n"


def calendar_file(folder: Path, text: str, name: str = "2027.yaml") -> str:
    """The text in a file; its path."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def awaiting_2027(app: App) -> Tale:
    """A committee elected on a leap day; two clinics that owe a branch, one deregistering."""
    told = Tale(app)
    told.tell({"on": BEGIN, "add": {"unit": "bureau"}})
    body = {"body": "own", "body_since": date(2021, 2, 1)}
    told.tell({"on": BEGIN, "add": {"organization": "old", "supervisor": "bureau", **body}})
    staff(told, "old", BEGIN, "old")
    elected = {"on": date(2024, 2, 29), "entered_on": BEGIN}
    told.tell({**elected, "record": {"body": "old", "elected": "yes"}})
    told.tell({"on": date(2026, 11, 10), "tick": True})
    on = {"on": date(2026, 11, 10)}
    for name in ("clinic", "ending"):
        told.tell({**on, "add": {"organization": name, "supervisor": "bureau"}})
        staff(told, name, on["on"], "bureau")
    extract, notice = {"extract": "1"}, {"notice": "2"}
    told.tell(
        {**on, "event": "registered", "case": "+REG(ending)", "fields": extract},
        {
            "on": date(2026, 11, 16),
            "event": "deregistration_notified",
            "case": "REG(ending)",
            "fields": notice,
        },
        {"on": PUBLISHED, "tick": True},
    )
    return told


def staff(told: Tale, name: str, on: date, home: str) -> None:
    """Three members who work there full-time."""
    for number in range(3):
        person = {"person": f"{name}{number}", "home": home, "engaged_at": name}
        told.tell({"on": on, "add": {**person, "employment": "full_time"}})
