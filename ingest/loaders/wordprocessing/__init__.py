"""What stands in a .docx: paragraphs, their numbers, notes and formulas, read from its XML."""
