"""Settings: users, roles, substitutes, parameters, calendars, addresses, aliases."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter()
