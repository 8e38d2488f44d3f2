"""Indicators and the monthly table, with what stands behind every number."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter()
