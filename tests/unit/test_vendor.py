"""Files of other projects are theirs word for word; pages fetch nothing from elsewhere."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
FOLDERS = (ROOT / "web" / "static" / "vendor", ROOT / "tests" / "vendor")


@pytest.mark.parametrize("folder", FOLDERS, ids=["shipped", "tests"])
def test_every_file_is_the_one_that_the_list_names(folder: Path) -> None:
    listed = yaml.safe_load((folder / "vendor.yaml").read_text(encoding="utf-8"))
    named = {one["file"] for one in listed} | {one["licence_file"] for one in listed}

    assert named | {"vendor.yaml"} == {one.name for one in folder.iterdir()}
    for one in listed:
        digest = hashlib.sha256((folder / one["file"]).read_bytes()).hexdigest()
        assert digest == one["sha256"], one["file"]
        assert one["version"] in one["file"]


def test_what_is_shipped_is_named_in_the_notice() -> None:
    notice = (ROOT / "NOTICE").read_text(encoding="utf-8")
    for folder in FOLDERS:
        for one in yaml.safe_load((folder / "vendor.yaml").read_text(encoding="utf-8")):
            assert f"{one['project']} {one['version']}" in notice


def test_pages_fetch_nothing_from_elsewhere() -> None:
    own = [*(ROOT / "web").rglob("*.html"), ROOT / "web" / "static" / "desk.css"]
    own.append(ROOT / "web" / "static" / "desk.js")
    found = {
        (path.name, address)
        for path in own
        for address in re.findall(r"(?:https?:)?//[\w.-]+\.\w+", path.read_text(encoding="utf-8"))
    }
    assert found == set()
    css = (ROOT / "web" / "static" / "vendor" / "tabler-1.6.1.min.css").read_text(encoding="utf-8")
    assert [one for one in re.findall(r"url\(([^)]{0,12})", css) if "data:" not in one] == []
    assert "@import" not in css


def test_pages_have_neither_scripts_nor_styles_inside() -> None:
    """The content security policy would stop them, silently."""
    for path in (ROOT / "web" / "templates").rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\sstyle=|<style|\son\w+=|<script(?![^>]*\ssrc=)", text), path.name
