"""What cases are about: the types of subject, each the name of the table of its identities."""

from __future__ import annotations

ORGANIZATION = "organization"
BODY = "party_body"
BODY_YEAR = "body_year"
"""A year of a Party body (decision 11)."""
PLACE = "person_at_organization"
PERSON = "person"
UNIT = "unit"
