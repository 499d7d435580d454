"""The notebook of this station, and its sections that explain a mistake."""

NOTEBOOK = "03_mlp"

ASKED = "What is asked?"
NETWORK = "A network for it"
WHY_T = "What does it buy to know t?"
UNSCALED = "A real mistake: t without a scale"
FEATURES = "What features buy"
NAMES = "One answer, three names"
