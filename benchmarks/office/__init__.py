"""Office documents of four invented organisations, and questions on them."""
