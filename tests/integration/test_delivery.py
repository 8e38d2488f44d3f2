"""Delivering on both databases: once per promise, whatever dies in between."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from lifecycle import engine
from lifecycle.access import Actor, ActorSource, Role
from lifecycle.clock import store_time
from lifecycle.moments import day_start
from lifecycle.store.tables import outbox
from notices import remedies
from notices.delivery import DeliveryError, DeliveryUncertainError, deliver
from notices.outbox import BACKOFF, LEASE, claim
from tests.builders import app_on, move_clock
from tests.post import Book, folder_office, mails, office, owe, rows, statuses, texts
from workflows import byhand

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import EmailMessage
    from pathlib import Path

    from cli.wiring import App

DAY = date(2026, 3, 2)
OFFICER = Actor("officer", frozenset({Role.CASE_OFFICER}), source=ActorSource.DECLARED)
OTHERS = {"unit:1": "one@example.org", "unit:2": "two@example.org"}

PROGRAM = """
import sys
from pathlib import Path
from cli.wiring import open_app
from notices.delivery import deliver
from tests.post import Book, folder_office
app = open_app(sys.argv[1])
deliver(folder_office(app, Path(sys.argv[2]), Book()))
"""


@pytest.fixture
def app(migrated_url: str) -> Iterator[App]:
    with app_on(migrated_url, DAY) as opened:
        yield opened


@dataclass(slots=True)
class Failing:
    """A channel at which every mail meets the same fate."""

    error: DeliveryError
    tried: list[str] = field(default_factory=list)
    repeatable: bool = False

    def send(self, message: EmailMessage) -> None:
        self.tried.append(str(message["Message-ID"]))
        raise self.error


def set_clock(app: App, forward: timedelta) -> None:
    def move(connection: sa.Connection) -> None:
        store_time(connection, app.clock.now(connection) + forward)

    app.write(move)


def test_a_digest_collects_what_a_recipient_is_owed_oldest_due_first(
    app: App, tmp_path: Path
) -> None:
    owe(app, "a", values={"due_on": "2026-05-01", "case": "MEM-5"})
    owe(app, "b", values={"due_on": "2026-03-01", "case": "MEM-3"}, stage="overdue")
    owe(app, "c", notice="N12", values={"due_on": "2026-04-01", "case": "MEM-4"})

    done = deliver(folder_office(app, tmp_path, Book()))

    (mail,) = mails(tmp_path)
    (text,) = texts(tmp_path)
    assert done.mails == 1
    assert mail["Subject"] == "今日事项 3 条 (2026-03-02)"
    assert mail["To"] == "one@example.org"
    assert text.index("MEM-3") < text.index("MEM-5") < text.index("MEM-4")
    assert statuses(app) == ["sent", "sent", "sent"]


def test_an_urgent_notice_is_a_mail_of_its_own_at_once(app: App, tmp_path: Path) -> None:
    app.write(lambda connection: store_time(connection, day_start(DAY)))
    owe(app, "a")
    owe(app, "b", notice="N22", urgent=True)
    owe(app, "c", notice="N22", urgent=True, values={"reason_code": "wrong_addressee"})

    deliver(folder_office(app, tmp_path, Book()))

    assert len(mails(tmp_path)) == 2
    assert statuses(app) == ["owed", "sent", "sent"]


def test_one_digest_a_day_and_the_rest_tomorrow(app: App, tmp_path: Path) -> None:
    post = folder_office(app, tmp_path, Book())
    owe(app, "a")
    deliver(post)
    owe(app, "b")
    deliver(post)

    assert statuses(app) == ["sent", "owed"]
    move_clock(app, DAY + timedelta(days=1))
    deliver(post)
    assert statuses(app) == ["sent", "sent"]
    assert len(mails(tmp_path)) == 2


def test_each_recipient_gets_a_mail_of_its_own(app: App, tmp_path: Path) -> None:
    owe(app, "a")
    owe(app, "b", recipient="unit:2")

    deliver(folder_office(app, tmp_path, Book(OTHERS)))

    assert sorted(str(mail["To"]) for mail in mails(tmp_path)) == sorted(OTHERS.values())


def test_two_runs_at_the_same_time_deliver_each_notice_once(app: App, tmp_path: Path) -> None:
    for number in range(12):
        owe(app, f"u{number}", notice="N22", urgent=True)
        owe(app, f"d{number}", recipient=f"unit:{number % 4}")
    book = Book({f"unit:{number}": f"u{number}@example.org" for number in range(4)})

    with ThreadPoolExecutor(4) as pool:
        runs = [pool.submit(deliver, folder_office(app, tmp_path, book)) for _ in range(4)]
        done = [run.result() for run in runs]

    assert sum(one.mails for one in done) == 16
    assert len(mails(tmp_path)) == 16
    assert set(statuses(app)) == {"sent"}


@pytest.mark.parametrize("point", ["before_send", "after_send"])
def test_killed_while_delivering_the_mail_is_made_again_under_the_same_name(
    app: App, tmp_path: Path, point: str
) -> None:
    owe(app, "a")
    owe(app, "b")
    url = app.engine.url.render_as_string(hide_password=False)
    killed = subprocess.run(
        [sys.executable, "-c", PROGRAM, url, str(tmp_path)],
        env={**os.environ, "LIFECYCLE_FAILPOINT": point},
        check=False,
    )
    (first, _) = rows(app)
    post = folder_office(app, tmp_path, Book())

    assert killed.returncode == -signal.SIGKILL
    assert first.status == "sending"
    owe(app, "c")  # belongs to another mail
    assert deliver(post).mails == 0
    set_clock(app, LEASE)
    assert deliver(post).mails == 1
    assert statuses(app) == ["sent", "sent", "owed"]
    assert [mail["Message-ID"] for mail in mails(tmp_path)] == [first.message_id]


def test_killed_while_handing_over_to_a_server_an_officer_decides(app: App) -> None:
    chosen = owe(app, "a")
    channel = Failing(DeliveryError("down", retry=True))
    app.write(lambda c: claim(c, app.clock.now(c), frozenset(), "example.org"))
    app.write(lambda c: c.execute(sa.update(outbox).values(status="sending")))
    set_clock(app, LEASE)
    (before,) = rows(app)

    deliver(office(app, channel, Book()))

    (after,) = rows(app)
    assert (after.status, channel.tried) == ("uncertain", [])
    app.write(lambda c: remedies.send_again(c, [chosen]))
    deliver(office(app, channel, Book()))
    assert channel.tried == [before.message_id]


def test_an_officer_may_take_an_uncertain_mail_as_delivered(app: App) -> None:
    chosen = owe(app, "a")
    deliver(office(app, Failing(DeliveryUncertainError("broke")), Book()))

    assert statuses(app) == ["uncertain"]
    assert app.write(lambda c: remedies.accept_as_sent(c, [chosen], app.clock.now(c))) == 1
    assert statuses(app) == ["sent"]


def test_a_refusal_for_now_is_tried_again_later_and_later(app: App, tmp_path: Path) -> None:
    owe(app, "a")
    channel = Failing(DeliveryError("greylisted", retry=True))
    deliver(office(app, channel, Book()))
    (row,) = rows(app)

    assert (row.status, row.attempts, row.problem) == ("retry_at", 1, "greylisted")
    stands_at = app.read(app.clock.now).replace(microsecond=0)
    assert row.retry_at.replace(microsecond=0) == stands_at + BACKOFF[0]
    deliver(office(app, channel, Book()))
    assert len(channel.tried) == 1
    set_clock(app, BACKOFF[0])
    owe(app, "b")
    deliver(folder_office(app, tmp_path, Book()))
    assert statuses(app) == ["sent", "sent"]
    assert len(mails(tmp_path)) == 1


def test_a_recipient_whose_mail_waits_gets_no_second_digest_meanwhile(app: App) -> None:
    owe(app, "a")
    channel = Failing(DeliveryError("greylisted", retry=True))
    deliver(office(app, channel, Book()))
    owe(app, "b")

    deliver(office(app, channel, Book()))

    assert statuses(app) == ["retry_at", "owed"]


def test_after_the_last_attempt_it_has_failed_and_can_be_sent_again(
    app: App, tmp_path: Path
) -> None:
    chosen = owe(app, "a", notice="N22", urgent=True)
    channel = Failing(DeliveryError("down", retry=True))
    for wait in (*BACKOFF, timedelta()):
        deliver(office(app, channel, Book()))
        set_clock(app, wait)

    assert statuses(app) == ["failed"]
    assert len(set(channel.tried)) == 1
    app.write(lambda c: remedies.send_again(c, [chosen]))
    deliver(folder_office(app, tmp_path, Book()))
    assert statuses(app) == ["sent"]


def test_a_refusal_for_good_is_not_repeated(app: App) -> None:
    owe(app, "a")
    channel = Failing(DeliveryError("no such mailbox", retry=False))
    deliver(office(app, channel, Book()))
    deliver(office(app, channel, Book()))

    assert statuses(app) == ["failed"]
    assert len(channel.tried) == 1


def test_a_channel_that_is_down_is_not_asked_for_every_mail(app: App) -> None:
    for number in range(6):
        owe(app, f"u{number}", notice="N22", urgent=True)
    channel = Failing(DeliveryError("down", retry=True))

    deliver(office(app, channel, Book()))

    assert statuses(app) == ["retry_at"] * 3 + ["owed"] * 3


def test_without_an_address_it_is_listed_and_goes_out_once_there_is_one(
    app: App, tmp_path: Path
) -> None:
    owe(app, "a", recipient="unit:2")
    owe(app, "b", recipient="missing:home_branch")
    book = Book()
    deliver(folder_office(app, tmp_path, book))
    problems = [row.problem for row in rows(app)]

    assert statuses(app) == ["no_address", "no_address"]
    assert problems[0].startswith("unit:2 has no mail address")
    assert problems[1] == "no recipient is on record: home_branch"
    book.entries["unit:2"] = "two@example.org"
    deliver(folder_office(app, tmp_path, book))
    assert statuses(app) == ["sent", "no_address"]


def test_what_stands_as_contact_but_is_no_address_fails(app: App, tmp_path: Path) -> None:
    owe(app, "a")

    deliver(folder_office(app, tmp_path, Book({"unit:1": "a@b.org, c@d.org"})))

    (row,) = rows(app)
    assert row.status == "failed"
    assert "a@b.org" not in row.problem


def test_a_withdrawn_notice_is_not_sent(app: App, tmp_path: Path) -> None:
    owe(app, "a", status="withdrawn")

    assert deliver(folder_office(app, tmp_path, Book())).mails == 0
    assert mails(tmp_path) == []


def test_a_notice_that_cannot_be_worded_fails_alone(app: App, tmp_path: Path) -> None:
    owe(app, "a", notice="N99")
    owe(app, "b")

    deliver(folder_office(app, tmp_path, Book()))

    assert statuses(app) == ["failed", "sent"]
    assert len(mails(tmp_path)) == 1


def test_what_was_sent_is_kept_with_the_notice(app: App, tmp_path: Path) -> None:
    owe(app, "a")
    deliver(folder_office(app, tmp_path, Book()))

    (row,) = rows(app)
    assert row.rendered["language"] == "zh"
    assert "王同志" in row.rendered["body"]
    assert row.sent_at is not None


def test_a_folder_that_cannot_be_written_is_tried_again(app: App, tmp_path: Path) -> None:
    owe(app, "a")
    (tmp_path / "file").write_text("in the way", encoding="utf-8")

    deliver(folder_office(app, tmp_path / "file", Book()))

    assert statuses(app) == ["retry_at"]


def add_unit(app: App, name: str, mail: str | None) -> int:
    def add(connection: sa.Connection) -> int:
        work = engine.begin(connection, app.registry, app.clock, OFFICER)
        return byhand.add_unit(work, name=name, level="county", kind="organ", mail=mail)

    return app.write(add)


def test_the_register_s_contacts_are_the_address_book(app: App, tmp_path: Path) -> None:
    known = add_unit(app, "民政局", "mz@example.org")
    unknown = add_unit(app, "卫健局", None)
    body = app.write(lambda c: byhand.unit_body_of(c, known))
    for number, recipient in enumerate((f"unit:{known}", f"unit:{unknown}", f"party_body:{body}")):
        owe(app, str(number), recipient=recipient)
    owe(app, "nowhere", recipient="party_body:999")

    deliver(folder_office(app, tmp_path))

    assert statuses(app) == ["sent", "no_address", "sent", "no_address"]
    assert {str(mail["To"]) for mail in mails(tmp_path)} == {"mz@example.org"}
