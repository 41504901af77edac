"""One mistyped word in each question of XQuAD: is the paragraph still found, and what is a question without one changed to?

    python benchmarks/typos.py ../shared/data/xquad /tmp/typos [--every 3] [--gate 5] [--languages zh]

A slip of the pen is made by a rule with a fixed seed: in a word of at least five letters that is no name (letters exchanged,
left out, doubled, or the key beside it), in a Chinese word one character that sounds alike. The index is made below the
second folder once and used again. `--gate`: of every so many questions, whether the gate would open.
"""

from __future__ import annotations

import argparse
import random
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import rjieba

from benchmarks.retrieval import LANGUAGES, build, rank, read
from service.reading import gate, make_reader
from service.reading.gate import AnswerabilityGate
from service.resources import make_retriever
from service.retrieval.retriever import Retriever
from service.retrieval.spelling import Spelled
from youju.embedding.factory import make_embedder
from youju.index import protocols
from youju.index.sqlite.store import Store
from youju.settings import Settings
from youju.text import spelling
from youju.text.language import STOP_WORDS

SEED = 20261126
KEYS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
WORD = re.compile(r"(?<!^)(?<![\w'-])[a-z]{5,}(?![\w'-])")


def mistyped(question: str, chance: random.Random) -> str | None:
    """The question with one slip; None where it holds no word for it."""
    return _misheard(question, chance) if re.search("[\u4e00-\u9fff]", question) else _slipped(question, chance)


def _slipped(question: str, chance: random.Random) -> str | None:
    words = [match for match in WORD.finditer(question) if match.group() not in STOP_WORDS]
    if not words:
        return None
    word = chance.choice(words)
    text = word.group()
    at = chance.randrange(1, len(text) - 1)
    keys = next(row for row in KEYS if text[at] in row)
    beside = keys[max(0, keys.index(text[at]) - 1)] if keys.index(text[at]) else keys[1]
    slips = (
        text[:at] + text[at + 1] + text[at] + text[at + 2 :], text[:at] + text[at + 1 :], text[:at] + text[at] + text[at:],
        text[:at] + beside + text[at + 1 :],
    )  # fmt: skip
    made = chance.choice([slip for slip in slips if slip != text] or [text])
    return question[: word.start()] + made + question[word.end() :] if made != text else None


def _misheard(question: str, chance: random.Random) -> str | None:
    places: list[int] = []
    start = 0
    for piece, tag in rjieba.tag(question):
        if len(piece) > 1 and piece not in STOP_WORDS and rjieba.has_word(piece) and not tag.startswith(("nr", "m", "r")):
            places += range(start, start + len(piece))
        start += len(piece)
    for at in chance.sample(places, len(places)):
        exact = [one for one, is_exact in spelling.like_sounding(question[at]).items() if is_exact]
        if exact:
            return question[:at] + chance.choice(exact) + question[at + 1 :]
    return None


def unchanged(question: str, _store: protocols.Store) -> Spelled:
    return Spelled(question)


def opened(root: Path, language: str, xquad: Path) -> Retriever:
    settings = Settings(data_dir=root / language / "index")
    if settings.database.exists():
        return make_retriever(settings, Store(settings.database), make_embedder(settings))
    data = {language: read(xquad / f"xquad.{language}.json") for language in LANGUAGES}
    return build(language, data, make_embedder(settings), root)


def recall(retriever: Retriever, asked: list[tuple[str, int]]) -> dict[str, float]:
    began = time.perf_counter()
    ranks = [rank(retriever, question, number) for question, number in asked]
    seconds = time.perf_counter() - began
    found = {f"R@{k}": round(sum(r is not None and r <= k for r in ranks) / len(ranks), 3) for k in (1, 5)}
    return found | {"ms": round(seconds / len(ranks) * 1000, 1), "n": len(ranks)}


def opens(retriever: Retriever, judge: AnswerabilityGate, question: str, correct: bool) -> bool:
    asked = retriever.as_meant(question) if correct else question
    return judge.decide(asked, retriever.retrieve(asked, judge.candidates(8)), 8).is_open


def measure(retriever: Retriever, xquad: Path, language: str, every: int, gated: int) -> None:
    chance = random.Random(SEED)
    asked = [(q, p.number) for p in read(xquad / f"xquad.{language}.json") for q in p.questions][::every]
    wrong = [(m, n, q) for q, n in asked if (m := mistyped(q, chance))]
    plain = Retriever(retriever.store, retriever.vectors, retriever.embedder, spelling=unchanged)
    right = [(q, n) for _, n, q in wrong]
    slips = [(m, n) for m, n, _ in wrong]
    for name, one in (("without correction", plain), ("with correction", retriever)):
        print(f"{language} {name}: as written {recall(one, right)}; mistyped {recall(one, slips)}", flush=True)
    meant = [(m, q, retriever.as_meant(m)) for m, _, q in wrong]
    restored, touched = sum(q == c for _, q, c in meant), sum(m != c for m, _, c in meant)
    print(f"{language}: of {len(meant)} slips {touched} changed, {restored} to what was meant")
    print(*(f"   {m} -> {c}" for m, q, c in meant if c not in (m, q)), sep="\n")
    changed = [(q, c) for q, _ in asked if (c := retriever.as_meant(q)) != q]
    print(
        f"{language}: of {len(asked)} questions as written {len(changed)} changed",
        *(f"   {q} -> {c}" for q, c in changed),
        sep="\n",
    )
    if gated:
        gates(retriever, wrong[::gated], language)


def gates(retriever: Retriever, wrong: list[tuple[str, int, str]], language: str) -> None:
    settings = Settings()
    reader = make_reader(settings, retriever.embedder)
    judge = AnswerabilityGate(reader, gate.load_for(settings, reader.name, retriever.embedder), "balanced")
    cases: dict[str, Callable[[Any], bool]] = {
        "as written": lambda one: opens(retriever, judge, one[2], True),
        "mistyped, without correction": lambda one: opens(
            Retriever(retriever.store, retriever.vectors, retriever.embedder, spelling=unchanged), judge, one[0], False
        ),
        "mistyped, with correction": lambda one: opens(retriever, judge, one[0], True),
    }
    for name, ask in cases.items():
        print(f"{language} gate opens, {name}: {sum(ask(one) for one in wrong)}/{len(wrong)}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("xquad", type=Path)
    parser.add_argument("root", type=Path)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--gate", type=int, default=0)
    parser.add_argument("--languages", nargs="+", choices=LANGUAGES, default=LANGUAGES)
    options = parser.parse_args()
    for language in options.languages:
        measure(opened(options.root, language, options.xquad), options.xquad, language, options.every, options.gate)


if __name__ == "__main__":
    main()
