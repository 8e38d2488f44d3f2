"""Whose work a case is: claimed, handed over, put aside for a while; and the list of it."""
