"""When it happens: idempotent sweeps over the tables, and the clock that wakes them."""
