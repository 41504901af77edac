"""The lines of a page as paragraphs and tables, by where they stand; knows places only, not where lines come from."""
