"""How the installation is: clock, jobs, queue, database, version."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter()
