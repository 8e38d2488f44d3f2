"""The law of the domain as data, and the facts, effects and register it speaks about."""

from __future__ import annotations

from lifecycle.registry import Registry
from workflows.domain import PartyBuilding
from workflows.effects import EFFECTS
from workflows.facts import FACTS
from workflows.facts import member as member
from workflows.law import read_calendars, read_policy, read_workflows
from workflows.predicates import PREDICATES


def load_all() -> Registry:
    """The whole law: every definition read and every name in it resolved.

    Raises:
        DefinitionError: every mistake in every file.
    """
    policy = read_policy()
    books, texts = read_workflows(FACTS, policy)
    return Registry(
        rulebooks=books,
        texts=texts,
        facts=FACTS,
        predicates=PREDICATES,
        effects=EFFECTS,
        policy=policy,
        rest_days=read_calendars(),
        domain=PartyBuilding(),
    )
