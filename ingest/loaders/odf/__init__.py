"""What stands in an OpenDocument: paragraphs, the numbers of lists, how text looks, embedded charts and formulas."""
