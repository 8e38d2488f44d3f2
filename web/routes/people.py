"""A member: masked where the reader may see no more; looking is noted."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter()
