"""Holds a scenario against the schema that ships beside the scenarios."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator

if TYPE_CHECKING:
    from collections.abc import Mapping

FOLDER = Path(__file__).parents[1] / "workflows" / "scenarios"
SCHEMA: dict[str, Any] = json.loads((FOLDER / "schema.json").read_text(encoding="utf-8"))


def as_json(value: Any) -> Any:  # noqa: ANN401 - whatever the YAML holds
    """YAML knows days, JSON writes them as text."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return {str(key): as_json(one) for key, one in value.items()}
    return [as_json(one) for one in value] if isinstance(value, list) else value


def problems(scenario: Mapping[str, Any]) -> list[str]:
    """Everything in which the scenario is not as the schema wants it, with its place."""
    found = Draft202012Validator(SCHEMA).iter_errors(as_json(dict(scenario)))
    return [f"{'.'.join(map(str, one.absolute_path))}: {one.message}" for one in found]
