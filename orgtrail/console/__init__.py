"""How commands begin, ask, show and end."""
