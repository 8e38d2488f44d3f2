"""What each predicate looks at: values under which it holds, and values under which it does not.

A new predicate needs a line here; the generated tests of the workflows say so when it is missing.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from workflows.predicates.body_year import SYSTEMS
from workflows.routing import QUESTIONS

if TYPE_CHECKING:
    from lifecycle.cases import FieldValue

Looked = dict[tuple[str, str], tuple["FieldValue", ...]]

_SHARED_OR_NOT = ("own", "joint")
_PARTNERS = (None, (7,), tuple(range(7, 80)))
_SERVED = (None, "7")

_AUDIENCES: Looked = {
    ("fact", "audiences_reached"): ("workers", "none"),
    ("field", "audience"): ("leaders", "workers"),
}

_EARLIER, _LATER = date(2026, 2, 2), date(2026, 3, 4)
_CONSENTS: Looked = {
    ("field", "superior_consent_on"): (_EARLIER, _LATER),
    ("field", "unit_consent_on"): (_EARLIER,),
    ("field", "notice_given_on"): (date(2026, 3, 3),),
}
_VOTE: Looked = {
    ("field", "entitled"): (9,),
    ("field", "present"): (7,),
    ("field", "votes"): (5, 4),
}
_ASKED: Looked = {
    ("fact", "kind"): ("intermediary_organization", "association"),
    ("fact", "has_supervisor"): (True, False),
    **{("field", name): (name in QUESTIONS[1:3],) for name in QUESTIONS},
    ("field", "route"): ("R19", "R20"),
}

PREDICATES: dict[str, Looked] = {
    "a_consent_missing": _CONSENTS,
    "both_consents_prior": _CONSENTS,
    "body_follows_route": {
        **_ASKED,
        ("fact", "supervisor_body"): (5,),
        ("fact", "township_body"): (6,),
        ("field", "body"): (5, 6),
        ("field", "inconvenient_there"): (None,),
    },
    "dates_for_systems": {
        **{("field", name): (True,) for name in SYSTEMS},
        **{("field", f"{name}_on"): (_EARLIER,) for name in SYSTEMS},
        ("field", "party_dues_on"): (_EARLIER, date(2027, 1, 1)),
    },
    "declined_with_reason": {
        ("field", "sum_cny"): (100, 0),
        ("field", "reason"): (None,),
    },
    "extension_within_a_year": {
        ("field", "extended_days"): (90, 400),
        ("recorded", "extended_days"): (30, 120),
        ("recorded", "elected_on"): (date(2023, 3, 1),),
    },
    "host_accepted": {
        ("field", "host"): (5, 6),
        ("fact", "hosts_of_premises"): ("5,9",),
    },
    "kind_question_answered": {
        ("fact", "organization_kind"): ("association", "private_nonenterprise_unit"),
        ("field", "conditions_provided"): (None,),
        ("field", "fee_share_in_charter"): (True,),
    },
    "majority_missed": _VOTE,
    "majority_reached": _VOTE,
    "notice_long_enough": {
        ("field", "notice_from"): (date(2026, 2, 24),),
        ("field", "notice_until"): (date(2026, 3, 3), date(2026, 2, 26)),
    },
    "officer_named": {
        ("fact", "has_supervisor"): (True,),
        ("field", "responsible_officer"): (True, False),
    },
    "pool_met": {
        ("recorded", "pool_basis"): ("association_member",),
        ("recorded", "pool_since"): (date(2024, 3, 4), date(2025, 3, 4)),
    },
    "refused_or_late": {
        ("field", "outcome"): ("refused", "lapsed"),
        ("recorded", "assembly_on"): (_EARLIER,),
    },
    "reached_in_area": {
        ("field", "organizations"): ((7,), None),
        ("fact", "organizations_of_area"): ("7,8", "9", None),
    },
    "registration_differs": {
        ("field", "kind"): ("association",),
        ("fact", "kind"): ("private_nonenterprise_unit", "association"),
        ("field", "supervisor"): (None,),
        ("field", "county"): (None,),
    },
    "route_follows_order": _ASKED,
    "routing_settled": {
        ("recorded", "pool_basis"): ("association_member",),
        ("field", "own_unit_has_party_body"): (False,),
        ("field", "territory_consulted"): (True, False),
    },
    "trained_enough": {
        ("field", "training_days"): (3, 2),
        ("field", "training_hours"): (8,),
    },
    "within_six_months": {
        ("recorded", "assembly_on"): (_EARLIER, date(2025, 8, 1)),
    },
    "a_criterion_missing": {
        ("field", "leading_team"): (False, True),
        ("field", "member_ranks"): (True,),
        ("field", "working_mechanism"): (True,),
        ("field", "development_results"): (True,),
        ("field", "public_response"): (True,),
    },
    "an_audience_missing": _AUDIENCES,
    "both_audiences_reached": _AUDIENCES,
    "attachment_over": {
        ("fact", "members_held_here"): (0, 1),
        ("fact", "formal_full_members"): (0, 3),
    },
    "count_still_enough": {
        ("recorded", "body_kind"): _SHARED_OR_NOT,
        ("recorded", "partners_full_members"): (0, 2),
        ("fact", "formal_full_members"): (3, 0),
        ("fact", "members_to_join"): (1, 0),
    },
    "document_fits": {
        ("fact", "employment"): ("full_time", "part_time"),
        ("field", "document_kind"): ("formal", "temporary"),
    },
    "formation_denied": {
        ("recorded", "duty_kind"): ("own", "provisional"),
        ("recorded", "formation_conditions"): (True, False),
    },
    "movers_of_joining": {
        ("field", "members_moving"): ((5,),),
        ("field", "organization"): (7,),
        ("fact", "engaged_to_move"): ("7/5", "9/5", None),
        ("fact", "organization_id"): (1,),
        ("fact", "served"): ("1", None),
    },
    "movers_of_partners": {
        ("field", "members_moving"): ((5,), None),
        ("recorded", "partners"): ((7,), None),
        ("fact", "engaged_to_move"): ("7/5", "9/5", None),
        ("fact", "organization_id"): (1,),
        ("fact", "served"): ("1", None),
    },
    "partner_free": {
        ("field", "organization"): (7,),
        ("fact", "served_by_any"): _SERVED,
    },
    "partner_relations_placed": {
        ("field", "organization"): (7,),
        ("fact", "held_by_organization"): (None, "7/3"),
    },
    "partner_served": {
        ("field", "organization"): (7,),
        ("fact", "served"): ("1,7", "1"),
        ("fact", "organization_id"): (1,),
    },
    "partners_agree": {
        ("field", "body_kind"): _SHARED_OR_NOT,
        ("field", "partners_consent"): (True, False),
    },
    "partners_free": {
        ("field", "partners"): _PARTNERS,
        ("fact", "served_by_any"): _SERVED,
    },
    "partners_named": {
        ("field", "body_kind"): _SHARED_OR_NOT,
        ("field", "partners"): _PARTNERS,
        ("fact", "organization_id"): (1,),
    },
    "partners_together": {
        ("field", "body_kind"): _SHARED_OR_NOT,
        ("field", "partners_full_members"): (2, 0),
        ("fact", "members_to_join"): (1, 0),
    },
    "partners_within_limit": {
        ("field", "body_kind"): _SHARED_OR_NOT,
        ("field", "partners"): _PARTNERS,
    },
    "regroup_together": {
        ("fact", "body_members"): (2, 1),
        ("field", "members_moving"): ((5,),),
    },
    "units_within_limit": {
        ("fact", "served_count"): (1, 99),
    },
}
