"""What each predicate looks at: values under which it holds, and values under which it does not.

A new predicate needs a line here; the generated tests of the workflows say so when it is missing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lifecycle.cases import FieldValue

_SHARED_OR_NOT = ("own", "joint")
_PARTNERS = (None, (7,), tuple(range(7, 80)))
_SERVED = (None, "7")

_AUDIENCES: dict[tuple[str, str], tuple[FieldValue, ...]] = {
    ("fact", "audiences_reached"): ("workers", "none"),
    ("field", "audience"): ("leaders", "workers"),
}

PREDICATES: dict[str, dict[tuple[str, str], tuple[FieldValue, ...]]] = {
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
