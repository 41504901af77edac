"""Training of the reader (`service/reading`). Not installed with the product; docs/reader.md tells what it was trained on."""
