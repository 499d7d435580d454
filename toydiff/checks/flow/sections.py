"""The notebook of this station, and its sections that explain a mistake."""

NOTEBOOK = "09_flow"

LINE = "A straight line from data to noise"
NAMES = "One network, five names"
DDIM = "Euler in u, and DDIM"
TRAIN = "Train one"
STRAIGHT = "Straight lines, bent walks"
WRONG = "A real mistake: the wrong way in time"
