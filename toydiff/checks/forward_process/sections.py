"""The notebook of this station, and its sections that explain a mistake."""

NOTEBOOK = "02_forward_process"

STEP = "One small step"
JUMP = "All steps in one jump"
LEFT = "How much is left?"
LONG = "When is a schedule long enough?"
ROOT = "A real mistake: the variance in place of its root"
