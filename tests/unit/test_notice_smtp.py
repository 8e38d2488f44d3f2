"""The SMTP channel against real servers: accepting, refusing, dropping, dripping, gone."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from datetime import date
from email import message_from_bytes
from email.policy import default
from typing import TYPE_CHECKING, Any, cast

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from lifecycle.definition import Stage
from lifecycle.moments import day_start
from notices.delivery import DeliveryError, DeliveryUncertainError
from notices.message import AddressError, checked_address, compose, message_id
from notices.render import render
from notices.smtp import SmtpChannel, SmtpUrlError

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Iterator
    from email.message import EmailMessage

AT = day_start(date(2026, 3, 2))


def letter(recipient: str = "one@example.org") -> EmailMessage:
    text = render("N11", Stage.DUE, "zh", {"surname": "王", "organization_name": "门诊部"})
    identity = message_id([("key", AT)], "example.org")
    return compose(
        text, sender="office@example.org", recipient=recipient, identity=identity, written_at=AT
    )


class Server:
    """Takes every mail, or answers as it is told; `drop` breaks the connection after the text."""

    def __init__(self, rcpt: str = "250 OK", data: str = "250 OK", *, drop: bool = False) -> None:
        self.rcpt = rcpt
        self.data = data
        self.drop = drop
        self.taken: list[Envelope] = []

    async def handle_RCPT(  # noqa: N802 - the server's interface
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        del server, session, options
        if self.rcpt.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.rcpt

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        del session
        self.taken.append(envelope)
        if self.drop:
            cast("asyncio.Transport", server.transport).abort()
        return self.data


@contextmanager
def serving(server: Server, **options: Any) -> Iterator[SmtpChannel]:  # noqa: ANN401 - the server's own
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(server, hostname="127.0.0.1", port=port, **options)
    controller.start()
    try:
        yield SmtpChannel("127.0.0.1", port, timeout_seconds=5.0)
    finally:
        controller.stop()


@contextmanager
def answering(talk: Callable[[socket.socket], None]) -> Iterator[int]:
    """A server of one conversation, written by hand; its port."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            connected, _ = listening.accept()
            with connected:
                talk(connected)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        thread.join(5)


def test_a_mail_arrives_whole_at_its_one_recipient() -> None:
    server = Server()
    with serving(server) as channel:
        channel.send(letter())

    (envelope,) = server.taken
    content = envelope.content
    assert isinstance(content, bytes)
    mail = message_from_bytes(content, policy=default)
    body = mail.get_body(("plain",))
    assert envelope.rcpt_tos == ["one@example.org"]
    assert mail["Subject"] == "【应办】王同志正式组织关系应转入门诊部"
    assert mail["Message-ID"] == message_id([("key", AT)], "example.org")
    assert body is not None
    assert "王同志在门诊部专职工作" in body.get_content()
    assert content.isascii()


@pytest.mark.parametrize(
    ("server", "retry"),
    [
        (Server(rcpt="450 later"), True),
        (Server(rcpt="550 no such mailbox"), False),
        (Server(data="451 busy"), True),
        (Server(data="554 refused"), False),
    ],
    ids=["rcpt later", "rcpt never", "data later", "data never"],
)
def test_a_refusal_says_whether_to_try_again(server: Server, retry: bool) -> None:  # noqa: FBT001
    with serving(server) as channel, pytest.raises(DeliveryError) as refused:
        channel.send(letter())

    assert refused.value.retry is retry
    assert not isinstance(refused.value, DeliveryUncertainError)
    assert "one@example.org" not in str(refused.value)


def test_a_connection_that_breaks_after_the_text_leaves_it_uncertain() -> None:
    server = Server(drop=True)
    with serving(server) as channel, pytest.raises(DeliveryUncertainError):
        channel.send(letter())

    assert len(server.taken) == 1


def test_nobody_there_is_tried_again() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    with pytest.raises(DeliveryError) as refused:
        SmtpChannel("127.0.0.1", port).send(letter())

    assert refused.value.retry


def test_a_server_that_greets_with_a_refusal_is_tried_again() -> None:
    def talk(connected: socket.socket) -> None:
        connected.sendall(b"421 too busy\r\n")

    with answering(talk) as port, pytest.raises(DeliveryError) as refused:
        SmtpChannel("127.0.0.1", port).send(letter())

    assert refused.value.retry


def test_a_server_that_drips_is_cut_off() -> None:
    over = threading.Event()

    def talk(connected: socket.socket) -> None:
        try:
            while not over.wait(0.02):
                connected.sendall(b"2")
        except OSError:
            return

    with answering(talk) as port:
        channel = SmtpChannel("127.0.0.1", port, timeout_seconds=5, wall_seconds=0.2)
        with pytest.raises(DeliveryError) as refused:
            channel.send(letter())
        over.set()

    assert refused.value.retry


def test_the_password_of_the_setting_is_used() -> None:
    seen: list[LoginPassword] = []

    def check(
        server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: LoginPassword
    ) -> AuthResult:
        del server, session, envelope, mechanism
        seen.append(data)
        return AuthResult(success=data.password == b"s:cret")

    options = {"authenticator": check, "auth_require_tls": False}
    with serving(Server(), **options) as plain:
        channel = SmtpChannel.at(f"smtp://desk:s%3Acret@127.0.0.1:{plain.port}")
        channel.send(letter())
        wrong = SmtpChannel.at(f"smtp://desk:wrong@127.0.0.1:{plain.port}")
        with pytest.raises(DeliveryError) as refused:
            wrong.send(letter())

    assert seen[0].login == b"desk"
    assert refused.value.retry


def test_a_setting_names_a_server() -> None:
    channel = SmtpChannel.at("smtps://desk:pw@mail.example.org")

    assert (channel.host, channel.port, channel.tls) == ("mail.example.org", 465, True)
    assert "pw" not in repr(channel)
    for wrong in ("", "mail.example.org", "http://mail.example.org", "smtp://host:port"):
        with pytest.raises(SmtpUrlError):
            SmtpChannel.at(wrong)


def test_tls_is_spoken_from_the_start() -> None:
    seen: list[bytes] = []

    def talk(connected: socket.socket) -> None:
        seen.append(connected.recv(1))

    with answering(talk) as port, pytest.raises(DeliveryError):
        SmtpChannel("127.0.0.1", port, tls=True, timeout_seconds=2).send(letter())

    assert seen == [b"\x16"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "one",
        "one@",
        "@example.org",
        "a@b.org,c@d.org",
        "One <a@b.org>",
        "a@b.org\nBcc: c@d.org",
        "a b@c.org",
        "a..b@c.org",
        "a@b..org ",
        "王@example.org",
    ],
)
def test_only_one_plain_address_is_an_address(text: str) -> None:
    with pytest.raises(AddressError):
        checked_address(text)


def test_a_message_id_depends_on_what_it_carries_alone() -> None:
    one, two = ("a", AT), ("b", AT)

    assert message_id([one, two], "x.org") == message_id([two, one], "x.org")
    assert message_id([one], "x.org") != message_id([one, two], "x.org")
