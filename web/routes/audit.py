"""The trail: search it, verify it."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter()
