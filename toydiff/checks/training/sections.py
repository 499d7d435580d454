"""The notebook of this station, and its sections that explain a mistake."""

NOTEBOOK = "04_training"

ALGORITHM = "The algorithm"
RUN = "A real run"
ZERO = "Why does the loss not go to 0?"
HELPERS = "Two helpers: a falling learning rate and an average"
RAND = "A real mistake: rand for randn"
