"""Rich Text Format: its tokens and groups read into paragraphs, tables, notes, headers and footers."""
