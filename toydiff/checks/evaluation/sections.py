"""The notebook of this station, and its sections that explain a mistake."""

NOTEBOOK = "06_evaluation"

SAMPLES = "Judging the samples"
BEST = "The best possible answer"
ERRS = "Where does the network still err?"
WHERE = "Where in the plane?"
OWN = "A real mistake: the loss on the points it learned from"
