"""Many cases at once: advancing and handing over, with a result for each."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter()
