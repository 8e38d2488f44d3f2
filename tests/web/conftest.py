"""A town with a desk for every test, copied from one that is built once a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.web.town import Town, build, copy_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def _template(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, int]]:
    path = tmp_path_factory.mktemp("town") / "template.sqlite"
    return path, build(f"sqlite:///{path}")


@pytest.fixture
def town(_template: tuple[Path, dict[str, int]], tmp_path: Path) -> Iterator[Town]:
    template, ids = _template
    made = Town(copy_of(template, tmp_path), tmp_path, dict(ids))
    yield made
    made.close()
