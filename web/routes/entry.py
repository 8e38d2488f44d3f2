"""Entering things by hand: organizations, persons, engagements, units, contacts, counts."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter()
