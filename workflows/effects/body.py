"""Effects on a Party body: founding, serving, ending."""
