"""Documents that lie elsewhere, brought into a folder here and kept in step: websites, Git repositories, storage in a cloud.

To add another kind: a class with the methods of `mirror.Remote`, and a line in `open_remote`.
"""

from ingest.remote.mirror import Fetched, Limits, Remote
from ingest.remote.opening import fetch, is_remote

__all__ = ["Fetched", "Limits", "Remote", "fetch", "is_remote"]
