"""Training of the reader (`service/reading`). Not part of the installed packages; docs/reader.md tells what it was trained on."""
