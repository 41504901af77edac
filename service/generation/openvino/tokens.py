"""A chat -> tokens, and tokens -> text as they come, with the model's own tokenizer and chat template.

A special token is taken for one only where the template puts it: what a message holds is encoded as plain text, so that a
passage cannot end a turn and begin another.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path

import openvino_genai as genai

from service.generation.base import Message

ENDS = ("<|im_end|>", "<|endoftext|>", "<|eot_id|>", "<|end_of_text|>", "<|end|>", "<end_of_turn>", "<eos>", "</s>")
UNFINISHED = "\ufffd"  # stands for the first bytes of a character


class Tokens:
    """The tokenizer of a converted model. Safe to use from several threads."""

    def __init__(self, folder: Path, special: Mapping[str, int]) -> None:
        """
        Args:
            special: text -> id of every token that stands for something else than its text.

        Raises:
            RuntimeError: the folder holds no tokenizer.
            ValueError: it has no chat template for system and user.
        """
        self._tokenizer = genai.Tokenizer(str(folder))
        longest_first = sorted(special, key=len, reverse=True)
        self._special = re.compile("|".join(map(re.escape, longest_first)) if special else r"(?!)")
        self.ends = sorted({self._tokenizer.get_eos_token_id(), *(special[name] for name in ENDS if name in special)})
        try:
            self.of_chat([Message("system", "x"), Message("user", "x")])
        except RuntimeError as error:
            raise ValueError(f"it has no chat template for system and user ({error})") from error

    def of_chat(self, messages: Sequence[Message]) -> list[int]:
        """The prompt that asks for the next turn of the assistant."""
        mark = secrets.token_hex(8)
        hidden: list[str] = []

        def hide(found: re.Match[str]) -> str:
            hidden.append(found.group())
            return mark

        history = [{"role": message.role, "content": self._special.sub(hide, message.content)} for message in messages]
        whole = self._tokenizer.apply_chat_template(history, add_generation_prompt=True)
        first, *others = whole.split(mark)
        ids = self._encoded(first)
        for sign, part in zip(hidden, others, strict=True):
            ids += self._plain(sign) + self._encoded(part)
        return ids

    def of_text(self, text: str) -> list[int]:
        """The text as plain text."""
        ids: list[int] = []
        place = 0
        for found in self._special.finditer(text):
            ids += self._encoded(text[place : found.start()]) + self._plain(found.group())
            place = found.end()
        return ids + self._encoded(text[place:])

    def text(self, ids: Sequence[int]) -> str:
        return str(self._tokenizer.decode(list(ids), skip_special_tokens=True))

    def _plain(self, sign: str) -> list[int]:
        """A special token's text in two parts, neither of which is one."""
        middle = len(sign) // 2
        return self._encoded(sign[:middle]) + self._encoded(sign[middle:])

    def _encoded(self, text: str) -> list[int]:
        if not text:
            return []
        return [int(token) for token in self._tokenizer.encode(text, add_special_tokens=False).input_ids.data[0]]


class Writing:
    """Tokens as they come -> text, whole characters only."""

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens
        self._known: list[int] = []  # tokens that were told last: some need what stands before to be read rightly
        self._waiting: list[int] = []
        self.count = 0

    def add(self, ids: Sequence[int]) -> str:
        """What can be told now."""
        self._waiting += ids
        self.count += len(ids)
        return self._told(last=False)

    def rest(self) -> str:
        """What is left at the end."""
        return self._told(last=True)

    def _told(self, last: bool) -> str:
        if not self._waiting:
            return ""
        before = self._tokens.text(self._known) if self._known else ""
        text = self._tokens.text([*self._known, *self._waiting])
        # The first bytes of a character are told as that sign by some tokenizers, and as nothing by others.
        if not last and (len(text) <= len(before) or text.endswith(UNFINISHED)):
            return ""
        self._known, self._waiting = self._waiting, []
        return text[len(before) :]
