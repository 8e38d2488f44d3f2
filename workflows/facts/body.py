"""Facts about a Party body: members, kind, duty, certificate."""
