"""The notebook of this station, and its sections that explain a mistake."""

NOTEBOOK = "10_pictures"

UNET = "What a U-Net is for"
GOOD = "How good?"
COPIED = "Learned, or copied?"
BETWEEN = "Between two sevens"
HALF = "Paint in what is missing"
RANGE = "A real mistake: pictures from 0 to 1"
