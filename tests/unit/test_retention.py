"""How long records are kept: each class by its own parameter."""

from __future__ import annotations

from datetime import date

import pytest

import workflows
from workflows.retention import RECORD_CLASSES

POLICY = workflows.load_all().policy
ENDED_ON = date(2024, 2, 29)


@pytest.mark.parametrize(
    ("name", "kept_until"),
    [
        ("clock", date(2025, 2, 28)),
        ("named_notice", date(2025, 2, 28)),
        ("other_notice", date(2027, 2, 28)),
        ("applicant", date(2026, 2, 28)),
        ("relation", date(2029, 2, 28)),
        ("letter", date(2034, 2, 28)),
        ("file", date(2024, 3, 30)),
    ],
)
def test_a_record_is_kept_as_long_as_its_class(name: str, kept_until: date) -> None:
    found = RECORD_CLASSES[name].kept_until(ENDED_ON, POLICY.at(date(2026, 3, 4)))

    assert found == kept_until


def test_every_class_of_the_policy_is_in_the_table() -> None:
    declared = {one for one in POLICY.parameters if one.startswith("P40.")}

    assert {one.parameter for one in RECORD_CLASSES.values()} == declared
