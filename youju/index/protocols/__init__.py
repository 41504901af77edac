"""What the rest of Youju asks of an index, whatever engine holds it: SQLite with FAISS, or PostgreSQL with pgvector.

Only what is used stands here. What each method promises is said here, and held over every engine by `tests/contract/`.
"""

from youju.index.protocols.jobs import Feedback, Jobs, UnansweredQuestions
from youju.index.protocols.reading import Outlines, Records, VectorIndex
from youju.index.protocols.store import Store
from youju.index.protocols.upkeep import Integrity, NewVectors

__all__ = [
    "Feedback", "Integrity", "Jobs", "NewVectors", "Outlines", "Records", "Store", "UnansweredQuestions", "VectorIndex",
]  # fmt: skip
