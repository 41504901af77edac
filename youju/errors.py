"""One tree of errors. Each class knows its problem type and HTTP status (RFC 9457) and says what mends it.

YoujuError
├── WrongUse                  the caller asked for something that cannot be done (exit code 2)
│   ├── InvalidQuestion       empty or over-long
│   ├── InvalidRequest        any other malformed input
│   ├── UnknownCollection
│   ├── UnknownDocument
│   ├── NoPicture             a page that cannot be shown as a picture
│   ├── UnknownJob
│   ├── UnknownKey
│   ├── UnknownModel          of /v1: no such part of the documents
│   ├── WouldEmpty            pruning would delete all that a collection holds
│   ├── WouldOverwrite        something is there already that would be lost
│   └── PathNotFound
├── NoValidKey                the request has no API key that is valid
├── Forbidden                 the key does not allow it
├── ForeignRequest            a browser sends it for the page of somebody else
├── EmptyIndex                nothing has been ingested yet
├── EmbedderMismatch          the index was made by another embedder
├── StoreUnusable             the database cannot be opened, or was written by a newer version
│   └── StorageFull           the disk holds no more
├── IndexInUse                another program holds the index, or is at the same work
├── BackupUnusable            the file is no backup, is damaged, or was written by a newer version
├── ModelUnavailable          model files are missing or damaged
├── GeneratorUnavailable      the generator does not answer
├── DeadlineExceeded          the answer would come later than the caller wants it
├── Busy                      too much is asked at once; tells when to come again
├── ShuttingDown              the service ends and takes no new questions
└── UnreadableFile            one document could not be read (never stops the others)
    └── UnsupportedFile       it is of a kind that has no reader: passed over, not failed
"""

from __future__ import annotations

import re
from typing import ClassVar

ONE_STOP = re.compile(r"([^.]\.|\.\.\.|[!?。！？…])\.$")  # a message of another program often has its own


def sentence(text: str) -> str:
    """With a full stop at its end, unless it ends already."""
    return ONE_STOP.sub(r"\1", f"{text}.")


def to_install(extra: str) -> str:
    """How what only some need is installed, in the versions that were tested."""
    return f"`pip install -c constraints.txt -e '.[{extra}]'` in the folder of the project"


class YoujuError(Exception):
    """Base of all errors that a user can cause or mend.

    `detail` is one line that says what happened; `advice` is one line that says what mends it.
    """

    problem: ClassVar[str] = "internal"
    title: ClassVar[str] = "Something went wrong"
    status: ClassVar[int] = 500
    exit_code: ClassVar[int] = 1
    retry_after: int | None = None  # seconds after which it may work

    def __init__(self, detail: str, advice: str = "") -> None:
        self.detail = ONE_STOP.sub(r"\1", detail)
        super().__init__(self.detail)
        self.advice = advice

    def __str__(self) -> str:
        return f"{self.detail} {self.advice}".strip()


class WrongUse(YoujuError):
    problem, title, status, exit_code = "wrong-use", "The request cannot be served as it is", 400, 2


class InvalidQuestion(WrongUse):
    problem, title, status = "invalid-question", "The question is empty or too long", 422


class InvalidRequest(WrongUse):
    problem, title, status = "invalid-request", "The request is not valid", 422


class UnknownCollection(WrongUse):
    problem, title, status = "unknown-collection", "There is no such collection", 404


class UnknownDocument(WrongUse):
    problem, title, status = "unknown-document", "There is no such document", 404


class NoPicture(WrongUse):
    problem, title, status = "no-picture", "There is no picture of that page", 404


class NoOriginal(WrongUse):
    problem, title, status = "no-original", "The file itself is not kept", 404


class UnknownJob(WrongUse):
    problem, title, status = "unknown-job", "There is no such job", 404


class UnknownKey(WrongUse):
    problem, title, status = "unknown-key", "There is no such key", 404


class UnknownModel(WrongUse):
    problem, title, status = "model-not-found", "There is no such model", 404


class WouldEmpty(WrongUse):
    problem, title, status = "would-empty", "Nothing would be left", 409


class WouldOverwrite(WrongUse):
    problem, title, status = "would-overwrite", "Something is there already", 409


class PathNotFound(WrongUse):
    problem, title, status = "path-not-found", "There is no such file or folder", 404


class NoValidKey(YoujuError):
    problem, title, status = "no-valid-key", "This needs a valid API key", 401


class Forbidden(YoujuError):
    problem, title, status = "forbidden", "The key does not allow this", 403


class ForeignRequest(YoujuError):
    problem, title, status = "foreign-request", "The request comes from another site", 403


class EmptyIndex(YoujuError):
    problem, title, status = "empty-index", "No documents have been ingested yet", 409


class EmbedderMismatch(YoujuError):
    problem, title, status = "embedder-mismatch", "The index was made by another embedding model", 409


class StoreUnusable(YoujuError):
    problem, title, status = "store-unusable", "The index cannot be opened", 503


class StorageFull(StoreUnusable):
    problem, title, status = "storage-full", "The disk is full", 507


class IndexInUse(YoujuError):
    problem, title, status = "index-in-use", "Another program is using the index", 409


class BackupUnusable(YoujuError):
    problem, title, status = "backup-unusable", "The backup cannot be used", 422


class ModelUnavailable(YoujuError):
    problem, title, status = "model-unavailable", "A model is not available", 503


class GeneratorUnavailable(YoujuError):
    problem, title, status = "generator-unavailable", "The generator is not available", 503


class DeadlineExceeded(YoujuError):
    problem, title, status = "deadline-exceeded", "The answer was not ready in time", 504


class Busy(YoujuError):
    problem, title, status = "busy", "Too much is asked at once", 429

    def __init__(self, detail: str, advice: str = "", retry_after: int = 1) -> None:
        super().__init__(detail, advice)
        self.retry_after = retry_after


class ShuttingDown(YoujuError):
    problem, title, status = "shutting-down", "The service is stopping", 503
    retry_after = 5  # by then another one may have taken its place

    def __init__(self) -> None:
        super().__init__("the service is stopping and takes no new questions.", "Ask again once it has been started anew.")


class UnreadableFile(YoujuError):
    problem, title, status = "unreadable-file", "The file could not be read", 422


class UnsupportedFile(UnreadableFile):
    problem, title, status = "unsupported-file", "There is no reader for this kind of file", 415
