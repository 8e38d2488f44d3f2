"""Passwords: made, hashed with argon2id, checked."""

from __future__ import annotations

import secrets
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from lifecycle.accounts.errors import AccessError, AccessProblem

SHORTEST: Final = 10
"""Characters; longer beats stranger (NIST SP 800-63B asks for 8)."""

LONGEST: Final = 200
"""What is longer is no password but work for the hash."""

_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"
"""Without what is read for something else: l and 1, o and 0."""

_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
"""argon2id as OWASP advises: 19 MiB, two passes, one lane."""


def one_time_password() -> str:
    """A random password for a first login: four groups of four, some 79 bits."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(4))


def refuse_weak(password: str, login: str) -> None:
    """Refuses a password that is not good enough.

    Raises:
        AccessError: it is too short or too long, or the login name once more.
    """
    if not SHORTEST <= len(password) <= LONGEST or password.lower() == login.lower():
        raise AccessError(AccessProblem.WEAK_PASSWORD, shortest=SHORTEST, longest=LONGEST)


def hashed(password: str, login: str) -> str:
    """The argon2id hash of a password that is good enough.

    Raises:
        AccessError: it is too short or too long, or the login name once more.
    """
    refuse_weak(password, login)
    return _HASHER.hash(password)


NOBODY = _HASHER.hash(secrets.token_urlsafe())
"""What a password is checked against where there is no such account: that takes as long."""


def fits(password: str, stored: str) -> bool:
    """Whether the password is the one that was hashed."""
    if len(password) > LONGEST:
        return False
    try:
        return _HASHER.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False
