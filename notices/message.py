"""A notice as one mail to one recipient: strict addresses, a Message-ID that stays the same."""

from __future__ import annotations

import hashlib
import re
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import TYPE_CHECKING

from lifecycle.errors import LifecycleError
from lifecycle.store.types import instant_text

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from notices.render import Rendered

POLICY = SMTP.clone(cte_type="7bit")
"""Chinese text is encoded, so that no relay on the way has to understand eight bits."""

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252})")


class AddressError(LifecycleError):
    """What stands where a mail address should is none; the text itself is not repeated."""

    def __init__(self) -> None:
        super().__init__("the contact is not a mail address: correct it with `lifecycle add`")


def checked_address(text: str) -> str:
    """The one plain address that `text` is.

    Raises:
        AddressError: it is none, or more than one, or carries anything besides.
    """
    if _ADDRESS.fullmatch(text) is None:
        raise AddressError
    try:
        return Address(addr_spec=text).addr_spec
    except (ValueError, IndexError) as error:
        raise AddressError from error


def message_id(rows: Iterable[tuple[str, datetime]], domain: str) -> str:
    """The Message-ID of a mail that carries these rows: the same whenever it is made again.

    Args:
        rows: key and time of creation of each; the time keeps two databases apart.
        domain: what stands behind the @.
    """
    digest = hashlib.sha256()
    for key, created_at in sorted(rows):
        digest.update(f"{key}\n{instant_text(created_at)}\n".encode())
    return f"<{digest.hexdigest()[:40]}@{domain}>"


def domain_of(address: str) -> str:
    """What stands behind the @ of the sender's address."""
    return checked_address(address).rpartition("@")[2]


def compose(
    rendered: Rendered, *, sender: str, recipient: str, identity: str, written_at: datetime
) -> EmailMessage:
    """The mail: text with an HTML alternative, one recipient.

    Raises:
        AddressError: the recipient's address is none.
    """
    message = EmailMessage(policy=POLICY)
    message["Subject"] = rendered.subject
    message["From"] = checked_address(sender)
    message["To"] = checked_address(recipient)
    message["Date"] = format_datetime(written_at)
    message["Message-ID"] = identity
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(rendered.text)
    message.add_alternative(rendered.html, subtype="html")
    return message
