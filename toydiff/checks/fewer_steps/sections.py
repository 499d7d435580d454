"""The notebook of this station, and its sections that explain a mistake."""

NOTEBOOK = "07_fewer_steps"

SAME = "The same noise again"
CHANCE = "As much chance as you like"
EQUATION = "It is a differential equation"
WHERE = "Where to ask"
LINE = "A line through two answers"
ORDER = "How good is a solver?"
WRONG = "A real mistake: the noise of the wrong level"
