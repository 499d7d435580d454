"""The engine of all checks: the ladder, how a question is asked, the guard around it, the result."""
