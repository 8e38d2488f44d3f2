"""The REST API on the same services."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter()
