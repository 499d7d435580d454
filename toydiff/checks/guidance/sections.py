"""The notebook of this station, and its sections that explain a mistake."""

NOTEBOOK = "08_guidance"

LABEL = "A label as an input"
TELLS = "How much does a noisy point tell?"
MORE = "More of it than there is"
COUNTING = "Two ways of counting"
TWO_WAYS = "Two ways that are one"
LEVELS = "Only at some noise levels"
