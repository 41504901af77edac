"""What goes on beside requests: the ingest worker, notes, page pictures, threads."""
