"""Question -> answer: retrieval, generation, grounding, and the HTTP service around them."""
