"""The evidence format: canonical bytes, links of the chain, commitments.

Pure and tiny on purpose, so that somebody else can write it again and check our trail with it.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from lifecycle.store.types import instant_text

GENESIS = bytes(32)
"""What the first entry of a case links to."""

SEQ_BITS = 20
"""How many bits of an entry's number count the entries of its case."""

_LINK = b"\x02"
_COMMITMENT = b"\x03"
SALT_BYTES = 16
LARGEST = 2**53


def entry_number(case_id: int, seq: int) -> int:
    """The number of the `seq`-th entry of a case: derived, so that it cannot be changed unseen."""
    return (case_id << SEQ_BITS) | seq


def entry_place(entry_id: int) -> tuple[int, int]:
    """(case, seq) of the entry with that number."""
    return entry_id >> SEQ_BITS, entry_id & ((1 << SEQ_BITS) - 1)


def canonical(body: Any) -> bytes:  # noqa: ANN401 - JSON
    """RFC 8785 for what bodies may hold: NFC strings, whole numbers below 2^53, ASCII keys.

    Raises:
        TypeError: a float or anything else that has no one canonical form.
    """
    return json.dumps(
        _plain(body), ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    ).encode()


def link(previous: bytes, body: bytes) -> bytes:
    """The hash of an entry: SHA-256(0x02 || previous hash || body)."""
    return hashlib.sha256(_LINK + previous + body).digest()


@dataclass(frozen=True, slots=True)
class Commitment:
    """A personal value and the salt under which a body commits to it."""

    value: str
    salt: bytes

    def digest(self) -> str:
        """SHA-256(0x03 || salt || value) in hexadecimal: what the body holds."""
        return hashlib.sha256(_COMMITMENT + self.salt + self.value.encode()).hexdigest()


def commit(value: str) -> Commitment:
    """Commits to `value` under a fresh random salt: equal values get unequal digests."""
    return Commitment(unicodedata.normalize("NFC", value), secrets.token_bytes(SALT_BYTES))


def _plain(value: Any) -> Any:  # noqa: ANN401, C901, PLR0911 - JSON; one line per type
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        if abs(value) >= LARGEST:
            msg = f"{value} is too large for a canonical number"
            raise TypeError(msg)
        return value
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, datetime):
        return instant_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [
            _plain(one) for one in (sorted(value) if isinstance(value, set | frozenset) else value)
        ]
    msg = f"{type(value).__name__} has no canonical form"
    raise TypeError(msg)
