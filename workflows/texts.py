"""The texts of the law, line by line: what the checker points at."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lifecycle.checking import Texts
from lifecycle.loader import read_yaml
from workflows.law import HERE, NOT_WORKFLOWS

if TYPE_CHECKING:
    from pathlib import Path

PACKAGES = ("lifecycle", "workflows", "notices", "scheduler", "web", "cli")
"""Where Python code may ask for a parameter by its id."""

_QUOTED = re.compile(r"""(["'])(P\d+(?:\.[a-z_]+)?)\1""")


def read_texts(folder: Path = HERE) -> Texts:
    """The workflows and the policy of the folder, and the parameters that the code names.

    Raises:
        DefinitionError: a file is not YAML.
    """
    documents = [
        read_yaml(path) for path in sorted(folder.glob("*.yaml")) if path.name not in NOT_WORKFLOWS
    ]
    by_name = {str(one.values["workflow"]): one for one in documents}
    return Texts(by_name, read_yaml(folder / "policy.yaml"), parameters_in_code())


def parameters_in_code(root: Path = HERE.parent) -> dict[str, tuple[str, int]]:
    """Every parameter id that stands in quotes in the code, with the first file and line."""
    found: dict[str, tuple[str, int]] = {}
    for package in PACKAGES:
        for path in sorted((root / package).rglob("*.py")):
            lines = path.read_text(encoding="utf-8").splitlines()
            for number, line in enumerate(lines, start=1):
                for match in _QUOTED.finditer(line):
                    found.setdefault(match[2], (path.relative_to(root).as_posix(), number))
    return found
