"""The law of the domain as data, and the facts, effects and register it speaks about."""

from __future__ import annotations

from lifecycle.registry import Registry
from workflows.domain import PartyBuilding
from workflows.effects import EFFECTS
from workflows.effects import body as effects_body
from workflows.effects import five_good as effects_five_good
from workflows.effects import member as effects_member
from workflows.effects import organization as effects_organization
from workflows.effects import unit as effects_unit
from workflows.facts import FACTS
from workflows.facts import body as facts_body
from workflows.facts import duty as facts_duty
from workflows.facts import five_good as facts_five_good
from workflows.facts import instructor as facts_instructor
from workflows.facts import member as facts_member
from workflows.facts import organization as facts_organization
from workflows.facts import unit as facts_unit
from workflows.law import read_calendars, read_policy, read_workflows
from workflows.predicates import PREDICATES
from workflows.predicates import body as predicates_body
from workflows.predicates import five_good as predicates_five_good
from workflows.predicates import member as predicates_member
from workflows.predicates import organization as predicates_organization
from workflows.predicates import unit as predicates_unit

DECLARED = (
    effects_body,
    effects_five_good,
    effects_member,
    effects_organization,
    effects_unit,
    facts_body,
    facts_duty,
    facts_five_good,
    facts_instructor,
    facts_member,
    facts_organization,
    facts_unit,
    predicates_body,
    predicates_five_good,
    predicates_member,
    predicates_organization,
    predicates_unit,
)
"""The modules that declare facts, effects and predicates by being imported."""


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
