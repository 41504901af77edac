"""Query rewriting and translation: the question, before anything is searched."""
