"""What the writer (`ingest`) and the reader (`service`) must agree on; knows neither HTTP nor a command line."""

__version__ = "0.2.0"
