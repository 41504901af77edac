"""HTTP only: what comes in, what goes out. The work is done elsewhere."""
