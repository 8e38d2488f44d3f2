"""Organizations: the list, and one with all its cases in one file."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter()
