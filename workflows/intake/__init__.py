"""Rosters as they come: workbooks in, typed rows with outcomes and reasons out. No database."""
