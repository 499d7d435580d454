"""What keeps the formulas free of bookkeeping: checks of arguments, devices, files."""
