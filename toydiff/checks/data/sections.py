"""The notebook of this station, and its sections that explain a mistake."""

NOTEBOOK = "01_data"

WHAT = "What is a distribution?"
FIT = "Why not simply fit something?"
SCALE = "The scale of things"
REJECTION = "A real mistake: keep what hits"
