"""The handbook: pages that are generated from the definitions, so that they cannot disagree."""
