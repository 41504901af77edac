"""Training of the reader (`youju/reader`). Not part of the installed packages; docs/reader.md tells what it was trained on."""
