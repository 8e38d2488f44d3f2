"""Indicators I1 to I16 over the whole register on any day (rulebook section D).

`reporting.report` computes them; nothing is imported here, because every command imports the
package's table and few ask for figures.
"""
