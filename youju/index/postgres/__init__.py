"""The index in PostgreSQL with pgvector: the only place that knows psycopg. Chosen by `YOUJU_DATABASE_URL`."""

from youju.index.postgres.feedback import Feedback
from youju.index.postgres.jobs import Jobs
from youju.index.postgres.keys import Keys
from youju.index.postgres.store import Store
from youju.index.postgres.unanswered import UnansweredQuestions
from youju.index.postgres.upkeep import Integrity, NewVectors

__all__ = ["Feedback", "Integrity", "Jobs", "Keys", "NewVectors", "Store", "UnansweredQuestions"]
