"""The notebook of this station, and its sections that explain a mistake."""

NOTEBOOK = "05_sampling"

KNOWN = "One step back, if you knew the start"
GUESS = "One step back, with a guess"
WALK = "The sampler"
NOISE = "How much noise in a step?"
LAST = "A real mistake: noise in the last step"
