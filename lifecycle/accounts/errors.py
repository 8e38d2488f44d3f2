"""Why somebody is not let in, or an account cannot be what is wanted."""

from __future__ import annotations

from enum import StrEnum

from lifecycle.errors import LifecycleError


class AccessProblem(StrEnum):
    """What is wrong; the catalogue has a sentence for each."""

    WRONG_PASSWORD = "wrong_password"  # noqa: S105 - the name of a problem
    """The name or the password does not fit; which of them is not said."""
    THROTTLED = "throttled"
    """Too many wrong passwords: nothing is tried until some minutes have passed."""
    WEAK_PASSWORD = "weak_password"  # noqa: S105 - the name of a problem
    """Shorter than is asked for, or the same as the login name."""
    NOT_REPEATED = "not_repeated"
    """The new password and its repetition differ."""
    SAME_PASSWORD = "same_password"  # noqa: S105 - the name of a problem
    """The new password is the old one."""
    LOGIN_TAKEN = "login_taken"
    """Another account has that login name."""
    BAD_LOGIN = "bad_login"
    """The login name is not made of letters, digits, dot, dash and underline."""
    NO_ACCOUNT = "no_account"
    """There is no such account."""
    NO_ROLE = "no_role"
    """No role of that name can be granted."""
    NOT_FOR_A_UNIT = "not_for_a_unit"
    """The role runs the whole installation: nobody can hold it for a unit."""
    NO_UNIT = "no_unit"
    """There is no such unit."""
    BAD_PERIOD = "bad_period"
    """The last day lies before the first."""
    ALREADY_GRANTED = "already_granted"
    """The account holds that role for that unit on some of those days."""
    NOT_GRANTED = "not_granted"
    """No such grant is running."""
    OWN_ABSENCE = "own_absence"
    """Nobody substitutes for themselves."""
    NOT_SUBSTITUTE = "not_substitute"
    """The account does not stand in for that person today."""
    LAST_ADMINISTRATOR = "last_administrator"
    """Without this grant nobody could administer the installation."""


class AccessError(LifecycleError):
    """Access is refused, or an account cannot be what is wanted."""

    def __init__(self, problem: AccessProblem, **values: object) -> None:
        self.problem = problem
        self.values = values
        super().__init__(f"{problem}: {values}" if values else str(problem))
