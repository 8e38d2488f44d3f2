"""Correcting what was recorded (ADR 14).

`act` takes the entries that were wrong; `rewriting` puts rows of a file right, `leading` a case:
`steps` reads back what people said in it, `reenacting` leads it through its days once more
(`reopening`: from its very beginning), `trying` goes back where all came out alike. `affected`
finds the cases whose facts are others now, `following` leads them too; `consequences` says what
changed.
"""

from __future__ import annotations

from lifecycle.correcting.act import Corrected, Correction, correct, preview

__all__ = ["Corrected", "Correction", "correct", "preview"]
