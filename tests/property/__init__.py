"""Properties that hold for every input Hypothesis can think of."""
