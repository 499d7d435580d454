"""The engine of all checks: what an exercise is, the ladder, how a question is asked, the guard, the result."""
