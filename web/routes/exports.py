"""Lists taken away as Excel, as the screen shows them."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter()
