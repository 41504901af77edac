"""Questions on documents and tables -> what the generator is asked about them in use, each with what it should say:
`python -m training.generator_data ../shared/data tasks.jsonl.gz --choices FILE...`.

The prompts are those of the service (`service.generation.prompting`): whether the passages state the answer, with the one that
does among its neighbours, without it, or with its sentences cut out; whether a sentence answers; which of several sentences, or
of several readings of a table (`training.table_choices`), answers; what a sentence says to a question of yes or no; and the
draft of an answer. Takes no GPU: training (`training.train_generator`) reads the file.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from tokenizers import Tokenizer

from service.generation import Message, prompting
from service.reading.evidence import PASSAGES, size
from training.reader_data import Paragraph, Question, find_neighbours, prepared, without_answer
from training.reading_sets import load
from training.real_sets import WRITTEN, written
from training.sentence_choices import SHUFFLED, Choices, sentence_choice
from training.table_rows import Remembering
from training.train_reader import XQUAD_ARTICLES
from youju.embedding.base import Embedder
from youju.embedding.factory import make_embedder
from youju.records import Language
from youju.settings import load_settings
from youju.text.language import detect_language, sentences

BUDGET = 700  # tokens of evidence, as in use
FIRST = 0.72  # share of the prompts whose first passage answers: about what the reader reaches
WITHOUT, CUT = 0.72, 0.4  # share of the questions asked without that passage too; of these, with its sentences cut out of it
LONGEST_QUOTE, SHORTEST_QUOTE = 500, 25  # characters
NEAR = 6  # passages beside the one that answers
PUBLIC = 2500  # questions of the public sets
TABLE_OPTIONS = (6, 16)  # offered of a table's, at least and at most
MOST = {
    "stated": 3000, "missing": 2400, "near": 2000, "quote": 2600, "other": 2800, "yes_no": 2000, "draft": 2600,
    "sentences": 11000, "tables": 17000,
}  # fmt: skip
"""Tasks of each kind."""


class Shown(NamedTuple):
    """As much of a passage as a prompt shows."""

    title_line: str
    text: str


@dataclass
class Task:
    """What is asked, and what should be said: one of `right` among `words`, or a draft.

    Of a draft `answers` tell whether it is right, `sentence` is what to say where it is not; empty where nothing is known.
    """

    kind: str
    language: Language
    chat: Sequence[Message]
    words: Sequence[str] = ()
    right: Sequence[str] = ()
    answers: Sequence[str] = ()
    sentence: str = ""


def tasks(questions: Sequence[Question], kinds: Mapping[str, Mapping[str, Any]], embedder: Embedder, seed: int) -> list[Task]:
    """At most `MOST` of each kind, in random order.

    Args:
        questions: prepared, with their neighbours (`training.reader_data`).
        kinds: question -> what is told of it in `training/data/questions.jsonl.gz`.
    """
    drawn = random.Random(seed)
    choices = Choices(embedder, drawn)
    found: list[Task] = []
    counts: Counter[str] = Counter()
    for question in drawn.sample(questions, len(questions)):
        near = _near(question, embedder)
        some = [*_of_question(question, kinds.get(question.text, {}), [_shown(one) for one in near], drawn)]
        if counts["sentences"] < MOST["sentences"]:
            some += [_chosen("sentences", *one) for one in sentence_choice(question, near, choices)]
        for task in some:
            if counts[task.kind] < MOST[task.kind]:
                counts[task.kind] += 1
                found.append(task)
    drawn.shuffle(found)
    return found


def table_tasks(files: Sequence[Path], seed: int) -> list[Task]:
    """What `training.table_choices` wrote."""
    drawn, found = random.Random(seed), []
    for file in files:
        for line in file.read_text(encoding="utf-8").splitlines():
            one = json.loads(line)
            count = min(drawn.randint(*TABLE_OPTIONS), len(one["options"]))
            order = drawn.sample(range(count), count) if drawn.random() < SHUFFLED else range(count)
            right = [at for at, place in enumerate(order) if place in one["right"]]
            lines = [one["options"][place] for place in order]
            found.append(_chosen("tables", one["question"], lines, right, one["language"], one["about"]))
    return drawn.sample(found, min(len(found), MOST["tables"]))


def _chosen(
    kind: str, question: str, lines: Sequence[str], right: Sequence[int], language: Language, about: str = ""
) -> Task:  # fmt: skip
    letters = prompting.LETTERS[: len(lines)]
    said = [letters[at] for at in right] or [prompting.NONE_OF]
    return Task(kind, language, prompting.which_answers(question, lines, language, about), [*letters, prompting.NONE_OF], said)


def kinds_of(file: Path) -> dict[str, dict[str, Any]]:
    """Question -> what is told of it."""
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        return {asked["question"]: asked for line in lines for asked in json.loads(line)["questions"]}


def _near(question: Question, embedder: Embedder) -> list[Paragraph]:
    """The passages beside the one that answers, nearest first."""
    others = list(dict.fromkeys([*question.neighbours, *question.beside]))
    if not others:
        return []
    vectors = embedder.embed_documents([f"{one.title}\n{one.text}"[:900] for one in others])
    order = np.argsort(-(vectors @ embedder.embed_queries([question.text])[0]))
    return [others[place] for place in order if others[place] is not question.paragraph][:NEAR]


def _of_question(question: Question, told: Mapping[str, Any], near: list[Shown], drawn: random.Random) -> Iterator[Task]:
    language = detect_language(question.text)

    def judged(kind: str, chat: Sequence[Message], says: bool) -> Task:
        yes, no = prompting.YES_NO[language]
        return Task(kind, language, chat, (yes, no), (yes if says else no,))

    def stated(kind: str, passages: Sequence[Shown], says: bool) -> Task:
        chat = prompting.messages(question.text, _fitting(passages), language)  # type: ignore[arg-type]  # all it looks at
        return judged(kind, prompting.whether_stated(chat, language), says)

    def quoted(kind: str, text: str, title: str, says: bool) -> Task:
        return judged(kind, prompting.whether_answered(question.text, _plain(text), title, language), says)

    own = question.paragraph
    if question.span is None:
        yield stated("near", [_shown(own), *near], False)
        if some := _sentences(own):
            yield quoted("other", drawn.choice(some), own.title, False)
        return
    place = 0 if drawn.random() < FIRST else min(drawn.randint(1, PASSAGES - 1), len(near))
    passages = _fitting([*near[:place], _shown(own), *near[place:]])
    if not any(one.text == own.text for one in passages):
        passages = _fitting([_shown(own), *near])
    yield stated("stated", passages, True)
    kept = [(own.offsets[a][0], own.offsets[b - 1][1]) for a, b in without_answer(question)]
    if drawn.random() < WITHOUT and near:
        cut = [Shown(own.title, " ".join(own.text[a:b].strip() for a, b in kept))] if kept and drawn.random() < CUT else []
        yield stated("missing", [*cut, *near], False)
    sentence = _sentence(question)
    if not sentence or len(sentence) > LONGEST_QUOTE:
        return
    yield quoted("quote", sentence, own.title, True)
    source = drawn.choice(question.neighbours) if question.neighbours and drawn.random() < CUT else own
    if others := _sentences(source, kept if source is own else None):
        yield quoted("other", drawn.choice(others), source.title, False)
    if told.get("kind") == "yesno":
        yield judged("yes_no", prompting.whether_yes(question.text, _plain(sentence), own.title, language), bool(told["says"]))
    elif told.get("kind") != "list":
        same = detect_language(own.text) == language and told.get("kind") != "cell"
        chat = prompting.messages(question.text, passages, language)  # type: ignore[arg-type]  # all it looks at
        yield Task("draft", language, chat, (), (), question.answers, _plain(sentence) if same else "")


def _shown(paragraph: Paragraph) -> Shown:
    return Shown(paragraph.title, paragraph.text)


def _fitting(passages: Sequence[Shown]) -> list[Shown]:
    """As `select_evidence` chooses them."""
    found: list[Shown] = []
    left = BUDGET
    for passage in passages[:PASSAGES]:
        if not found or size(passage.text) <= left:
            found.append(passage)
            left -= size(passage.text)
    return found


def _sentence(question: Question) -> str:
    """The sentences that the answer stands in."""
    paragraph = question.paragraph
    assert question.span is not None
    start, end = paragraph.offsets[question.span[0]][0], paragraph.offsets[question.span[1]][1]
    touched = [(a, b) for a, b in sentences(paragraph.text) if a < end and b > start]
    return paragraph.text[touched[0][0] : touched[-1][1]] if touched else ""


def _sentences(paragraph: Paragraph, allowed: Sequence[tuple[int, int]] | None = None) -> list[str]:
    spans = sentences(paragraph.text) if allowed is None else allowed
    return [paragraph.text[a:b][:LONGEST_QUOTE] for a, b in spans if b - a > SHORTEST_QUOTE]


def _plain(text: str) -> str:
    return " ".join(text.split())


def gathered(data: Path, files: Sequence[Path], seed: int, for_judging: bool = False) -> list[Task]:
    """All tasks: of the questions to train on, or of those on documents that are held out.

    Args:
        files: of `training.table_choices`.
    """
    settings = load_settings()
    tokens = Tokenizer.from_file(str(settings.cache_dir / "models" / "multilingual-e5-small" / "tokenizer.json"))
    tokens.no_truncation()
    tokens.no_padding()
    embedder = Remembering(make_embedder(settings))
    public = [] if for_judging else load(data, set(XQUAD_ARTICLES))
    questions = written(WRITTEN, for_judging) + random.Random(seed).sample(public, min(PUBLIC, len(public)))
    questions = prepared(questions, tokens)
    find_neighbours(questions, embedder)
    found = tasks(questions, kinds_of(WRITTEN), embedder, seed) + table_tasks(files, seed)
    random.Random(seed).shuffle(found)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--choices", type=Path, nargs="*", default=(), help="what training.table_choices wrote")
    parser.add_argument("--held-out", action="store_true", help="of the documents that nothing is trained on")
    parser.add_argument("--seed", type=int, default=7)
    told = parser.parse_args()
    found = gathered(told.data, told.choices, told.seed, told.held_out)
    with gzip.open(told.out, "wt", encoding="utf-8") as file:
        for task in found:
            file.write(json.dumps(asdict(task), ensure_ascii=False) + "\n")
    print(json.dumps({"seed": told.seed, **Counter(task.kind for task in found)}))


if __name__ == "__main__":
    main()
