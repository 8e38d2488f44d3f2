"""The law of the domain as data, and the facts, effects and register it speaks about."""

from __future__ import annotations

from lifecycle.registry import Registry
from workflows.domain import PartyBuilding
from workflows.effects import EFFECTS
from workflows.effects import affiliation as effects_affiliation
from workflows.effects import body as effects_body
from workflows.effects import body_year as effects_body_year
from workflows.effects import development as effects_development
from workflows.effects import five_good as effects_five_good
from workflows.effects import member as effects_member
from workflows.effects import organization as effects_organization
from workflows.effects import posts as effects_posts
from workflows.effects import unit as effects_unit
from workflows.facts import FACTS
from workflows.facts import affiliation as facts_affiliation
from workflows.facts import body as facts_body
from workflows.facts import body_year as facts_body_year
from workflows.facts import development as facts_development
from workflows.facts import duty as facts_duty
from workflows.facts import five_good as facts_five_good
from workflows.facts import instructor as facts_instructor
from workflows.facts import member as facts_member
from workflows.facts import organization as facts_organization
from workflows.facts import posts as facts_posts
from workflows.facts import registration as facts_registration
from workflows.facts import unit as facts_unit
from workflows.holidays import read_calendars
from workflows.indicators import table as indicators_table
from workflows.law import read_policy, read_workflows
from workflows.predicates import PREDICATES
from workflows.predicates import affiliation as predicates_affiliation
from workflows.predicates import body as predicates_body
from workflows.predicates import body_year as predicates_body_year
from workflows.predicates import development as predicates_development
from workflows.predicates import five_good as predicates_five_good
from workflows.predicates import member as predicates_member
from workflows.predicates import organization as predicates_organization
from workflows.predicates import posts as predicates_posts
from workflows.predicates import registration as predicates_registration
from workflows.predicates import unit as predicates_unit

DECLARED = (
    effects_affiliation,
    effects_body,
    effects_body_year,
    effects_development,
    effects_five_good,
    effects_member,
    effects_organization,
    effects_posts,
    effects_unit,
    facts_affiliation,
    facts_body,
    facts_body_year,
    facts_development,
    facts_duty,
    facts_five_good,
    facts_instructor,
    facts_member,
    facts_organization,
    facts_posts,
    facts_registration,
    facts_unit,
    predicates_affiliation,
    predicates_body,
    predicates_body_year,
    predicates_development,
    predicates_five_good,
    predicates_member,
    predicates_organization,
    predicates_posts,
    predicates_registration,
    predicates_unit,
)
"""The modules that declare facts, effects and predicates by being imported."""

BESIDE = (indicators_table,)
"""The modules that add tables to those of the register by being imported."""


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
