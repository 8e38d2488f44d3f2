"""Correcting an entry, with a preview of everything that follows."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter()
