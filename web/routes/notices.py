"""Notices: owed, sent, failed, uncertain."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter()
