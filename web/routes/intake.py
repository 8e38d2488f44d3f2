"""The import wizard: upload, check, fix, commit."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter()
