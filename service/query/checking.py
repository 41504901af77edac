"""What no question may be: empty, broken, too long."""

from __future__ import annotations

from youju.errors import InvalidQuestion


def check_question(question: str, longest: int) -> str:
    """The question without white space around it.

    Raises:
        InvalidQuestion: it holds no letter or number, or is longer than `longest` characters.
    """
    stripped = question.strip()
    if not any(character.isalnum() for character in stripped):
        raise InvalidQuestion("the question is empty.", "Ask something.")
    if stripped != stripped.encode("utf-8", "replace").decode():
        raise InvalidQuestion("the question is not valid Unicode.", "Send it as UTF-8.")
    if len(stripped) > longest:
        raise InvalidQuestion(
            f"the question has {len(stripped)} characters; at most {longest} are accepted.",
            "Shorten it, or raise YOUJU_MAX_QUESTION_CHARS.",
        )
    return stripped
