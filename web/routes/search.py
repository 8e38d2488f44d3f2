"""The search box: by number, name, initials."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter()
