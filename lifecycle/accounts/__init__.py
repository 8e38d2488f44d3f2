"""Who may sit at the desk: accounts, roles granted for a time, substitutes, sessions."""
