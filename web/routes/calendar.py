"""The calendar of what falls due."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter()
