"""The SMTP channel: one recipient per mail, every wait bounded, every outcome named."""

from __future__ import annotations

import smtplib
import socket
import ssl
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from lifecycle.errors import LifecycleError
from lifecycle.failpoints import failpoint
from notices.delivery import DeliveryError, DeliveryUncertainError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import EmailMessage

TIMEOUT_SECONDS = 10.0
"""The longest silence of the server."""

WALL_SECONDS = 60.0
"""The longest conversation: a server that drips defeats the timeout of the socket."""

_PORTS = {"smtp": 25, "smtps": 465}
_PERMANENT = 500


class SmtpUrlError(LifecycleError):
    """The setting does not name a mail server; the address itself may hold a password."""

    def __init__(self) -> None:
        super().__init__("the mail server is given as smtp://user:password@host:port or smtps://…")


@dataclass(frozen=True, slots=True, repr=False)
class SmtpChannel:
    """Hands each mail to the server over a connection of its own."""

    host: str
    port: int
    tls: bool = False
    user: str = ""
    password: str = ""
    timeout_seconds: float = TIMEOUT_SECONDS
    wall_seconds: float = WALL_SECONDS

    @classmethod
    def at(cls, url: str) -> SmtpChannel:
        """The channel that a setting names: smtp:// plain, smtps:// over TLS.

        Raises:
            SmtpUrlError: it names none.
        """
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise SmtpUrlError from error
        if parts.scheme not in _PORTS or not parts.hostname:
            raise SmtpUrlError
        return cls(
            host=parts.hostname,
            port=port or _PORTS[parts.scheme],
            tls=parts.scheme == "smtps",
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
        )

    @property
    def repeatable(self) -> bool:
        """A server that has taken a mail may take it again."""
        return False

    def send(self, message: EmailMessage) -> None:
        """Hands the mail over.

        Raises:
            DeliveryError: it was refused, for now or for good.
            DeliveryUncertainError: the connection broke after the text had gone out.
        """
        client = self._client()
        with self._bounded(client), _closing(client):
            try:
                self._greet(client)
            except (OSError, smtplib.SMTPException) as error:
                # Whatever is wrong before the recipient is named is not the mail's fault.
                raise DeliveryError(_said("no session", error), retry=True) from error
            _envelope(client, message)
            failpoint("before_data")
            _text(client, message)

    def _client(self) -> smtplib.SMTP:
        if self.tls:
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(timeout=self.timeout_seconds, context=context)
        return smtplib.SMTP(timeout=self.timeout_seconds)

    def _greet(self, client: smtplib.SMTP) -> None:
        # smtplib checks a TLS certificate against this name only when it connects by itself.
        client._host = self.host  # type: ignore[attr-defined]  # noqa: SLF001
        code, _ = client.connect(self.host, self.port)
        if code != 220:  # noqa: PLR2004 - the greeting of a server that is ready
            raise smtplib.SMTPConnectError(code, b"")
        client.ehlo_or_helo_if_needed()
        if self.user:
            client.login(self.user, self.password)

    @contextmanager
    def _bounded(self, client: smtplib.SMTP) -> Iterator[None]:
        """Cuts the connection when the conversation takes too long."""
        timer = threading.Timer(self.wall_seconds, _cut, (client,))
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()


def _envelope(client: smtplib.SMTP, message: EmailMessage) -> None:
    sender, recipient = (message[name].addresses[0].addr_spec for name in ("From", "To"))
    try:
        code, _ = client.mail(sender)
        if code >= 400:  # noqa: PLR2004 - refused
            raise DeliveryError(f"the server refused the sender ({code})", retry=True)
        code, _ = client.rcpt(recipient)
    except (OSError, smtplib.SMTPException) as error:
        raise DeliveryError(_said("no session", error), retry=True) from error
    if code >= 400:  # noqa: PLR2004 - refused
        raise DeliveryError(f"the server refused the recipient ({code})", retry=code < _PERMANENT)


def _text(client: smtplib.SMTP, message: EmailMessage) -> None:
    try:
        code, _ = client.data(message.as_bytes())
    except smtplib.SMTPDataError as error:
        code = error.smtp_code
    except (OSError, smtplib.SMTPException) as error:
        raise DeliveryUncertainError(_said("the connection broke", error)) from error
    if code >= 400:  # noqa: PLR2004 - refused
        raise DeliveryError(f"the server refused the mail ({code})", retry=code < _PERMANENT)


@contextmanager
def _closing(client: smtplib.SMTP) -> Iterator[None]:
    """Says goodbye; a server that does not answer to that has taken the mail all the same."""
    try:
        yield
        with suppress(OSError, smtplib.SMTPException):
            client.quit()
    finally:
        client.close()


def _cut(client: smtplib.SMTP) -> None:
    connected = client.sock
    if connected is not None:
        with suppress(OSError):
            connected.shutdown(socket.SHUT_RDWR)


def _said(what: str, error: Exception) -> str:
    """The kind of the failure and its code; the server's words may repeat an address."""
    code = getattr(error, "smtp_code", None)
    return f"{what}: {type(error).__name__}{f' ({code})' if code else ''}"
