"""The notebook of the clinic. What explains its mistakes are sections of the other stations."""

NOTEBOOK = "clinic"
