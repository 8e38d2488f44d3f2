"""Parameters as somebody types them: each as its type, or a sentence about what is wanted."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from lifecycle.parameters import ParameterValueError, read_value
from workflows.law import read_policy

if TYPE_CHECKING:
    from lifecycle.policy import ParameterValue

POLICY = read_policy()


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("P6", "5", 5),
        ("P1", "2024-06-03", date(2024, 6, 3)),
        ("P21", "09-01", "09-01"),
        ("P25", "no", False),
        ("P25", "是", True),
        ("P7", "all", "all"),
        ("P2", "6,12,24", (6, 12, 24)),
        ("P38", "-30, -7", (-30, -7)),
        ("P38", "-30，7", (-30, 7)),
    ],
)
def test_a_value_is_read_as_its_type(name: str, text: str, value: ParameterValue) -> None:
    assert read_value(POLICY.parameter(name), text) == value


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("P6", "three"),
        ("P6", "-1"),
        ("P1", "2024-02-30"),
        ("P21", "13-01"),
        ("P25", "perhaps"),
        ("P7", "nobody"),
        ("P2", "6;12"),
        ("P2", "12,24"),
        ("P2", "24,12,36"),
        ("P2", "0,12,24"),
        ("P21", "02-29"),
        ("P38", ""),
    ],
)
def test_what_is_no_such_value_is_refused(name: str, text: str) -> None:
    with pytest.raises(ParameterValueError, match=name) as refused:
        read_value(POLICY.parameter(name), text)

    assert refused.value.text == text
