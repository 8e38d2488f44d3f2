"""What the engine keeps: tables, typed rows, the hot statements and named reads."""
