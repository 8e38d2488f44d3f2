"""The law of the domain as data, and the facts, effects and register it speaks about."""

from __future__ import annotations

import workflows.effects.body
import workflows.effects.five_good
import workflows.effects.member
import workflows.effects.organization
import workflows.effects.unit
import workflows.facts.body
import workflows.facts.duty
import workflows.facts.five_good
import workflows.facts.instructor
import workflows.facts.member
import workflows.facts.organization
import workflows.facts.unit
import workflows.predicates.body
import workflows.predicates.five_good
import workflows.predicates.member
import workflows.predicates.organization
import workflows.predicates.unit
from lifecycle.registry import Registry
from workflows.domain import PartyBuilding
from workflows.effects import EFFECTS
from workflows.facts import FACTS
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
