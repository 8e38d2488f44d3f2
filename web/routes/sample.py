"""A demonstration: its tour, and moving its day."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter()
