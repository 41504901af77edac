"""Where model files come from, and the conversion of the bundled embedder."""
