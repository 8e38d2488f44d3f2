"""One request: who sits at the desk, in which roles, what is in sight, in which language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from lifecycle.errors import CaseNotFoundError
from wording.teller import MISCALLED, as_called, number_in
from wording.usage import UsageError
from workflows.visibility import PERSON_TYPES

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date

    from sqlalchemy import Connection
    from starlette.datastructures import FormData
    from starlette.requests import Request

    from lifecycle.access import Actor, Role, Scope, Seat
    from lifecycle.accounts.logins import Login
    from lifecycle.accounts.people import Account
    from lifecycle.cases import CaseView
    from lifecycle.work import Work
    from web.desk import Desk
    from wording.rendering import Scene
    from wording.teller import Teller


@dataclass(frozen=True, slots=True)
class Sitting:
    """Who asks, and what may be answered."""

    desk: Desk
    teller: Teller
    login: Login | None
    seat: Seat
    scope: Scope
    """What the reader may see with the roles that the route asks for."""
    today: date
    token: str
    """What forms carry (`lifecycle.accounts.logins.form_token`)."""
    stands_in_for: Sequence[Account] = ()
    """For whom the account may act today."""

    @property
    def who(self) -> Login:
        """The open session, on a route that asks for one."""
        if self.login is None:
            msg = "nobody is logged in"
            raise LookupError(msg)
        return self.login

    @property
    def language(self) -> str:
        """Zh or en."""
        return self.teller.words.language

    def may(self, *roles: Role) -> bool:
        """Whether one of the roles is held anywhere."""
        return bool(self.seat.roles & set(roles))

    def reaches_all(self, roles: Collection[Role]) -> bool:
        """Whether one of the roles is held for every unit that stands in a tree."""
        units = self.seat.units_of(roles)
        if units is None:
            return True
        parents = self.teller.registry.policy.parents
        connected = {one for pair in parents.items() if pair[1] is not None for one in pair}
        return bool(connected) and connected <= units

    def actor_at(self, unit_id: int | None) -> Actor:
        """Who acts in a case of that unit."""
        return self.seat.actor_at(unit_id)

    def case(self, work: Work, reference: str) -> CaseView:
        """The case of that number, if it is in sight.

        Raises:
            CaseNotFoundError: there is none, or it is not the reader's: both read alike.
        """
        try:
            view = work.case(self.teller.case_id(work.connection, reference))
        except UsageError as error:
            if self.names_outside(work.connection, error):
                raise CaseNotFoundError(as_called(reference)) from None
            raise
        if not self._sees(view):
            raise CaseNotFoundError(view.ref)
        return view

    def _sees(self, view: CaseView) -> bool:
        return self.scope.sees(view.unit_id, view.subject.type)

    def number_sought(self, connection: Connection, reference: str) -> int:
        """The number of the case that somebody searches for; 0 where there is none.

        What stands under it is narrowed by the search itself: a case outside and one that does not
        exist read alike there, too.
        """
        try:
            return self.teller.case_id(connection, reference)
        except CaseNotFoundError:
            return 0
        except UsageError as error:
            if self.names_outside(connection, error):
                return 0
            raise

    def names_outside(self, connection: Connection, error: UsageError) -> bool:
        """Whether an error says what a case is rightly called that is not the reader's."""
        if error.key != MISCALLED:
            return False
        return not self._sees(self.work(connection).case(number_in(error)))

    def scene(self, connection: Connection, view: CaseView) -> Scene:
        """Against what findings of a case are told, with those cases around it that are seen."""
        return self.teller.scene(connection, view, self.scope)

    def work(self, connection: Connection) -> Work:
        """A unit of work that only reads."""
        return self.teller.work(connection)


def sitting_of(request: Request) -> Sitting:
    """What the guard has found out about a request."""
    return cast("Sitting", request.state.sitting)


def form_of(request: Request) -> FormData:
    """The form of a request, which the guard has read and found to be from our own page."""
    return cast("FormData", request.state.form)


__all__ = ["PERSON_TYPES", "Sitting", "form_of", "sitting_of"]
