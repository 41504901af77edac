"""Makes sets for `youju eval` from XQuAD (English and Chinese) and the trial set of CMRC 2018.

    python benchmarks/evaluation_sets.py ../shared/data /tmp/sets
    youju ingest /tmp/sets/xquad-en-fit/documents --collection xquad-en-fit
    youju eval /tmp/sets/xquad-en-fit/questions.jsonl --collection xquad-en-fit

Each set has half of the articles: thresholds are chosen on `fit`, and nothing on `test`. The other half's articles are among
the documents, whole, so that search has something to confuse. In a half some articles are left out and of others a part is:

- `answerable`: the documents hold the answer.
- `absent_article`: the whole article is left out.
- `hard`: the article is there, but not the part that holds the answer.

`xquad-zh-en-*` asks in Chinese about the English documents and `xquad-en-zh-*` the reverse; accepted answers are in the
language of the documents. In `xquad-mixed-*` every other article is Chinese, and each question is asked in both languages.
`*-fit-whole` leaves nothing out, for `youju calibrate`. `trained` marks questions of articles on which a reader may have been
trained (those that `reading/squad2_dev_subset.json` has). The same data gives the same files.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from youju.evaluation.metrics import holds
from youju.records import Language
from youju.text.language import query_words, sentences, words

FIT_ARTICLES = 24  # of the 48 of XQuAD
LEFT_OUT_EVERY = 3
SHORTEST = 150  # characters that a paragraph of CMRC keeps at least
ENOUGH_WORDS = 0.5  # share of a question's words in a paragraph that makes an equal answer there suspicious
HALVES = ("fit", "test")


@dataclass(frozen=True)
class Question:
    """A question with its answers in each language; `at` holds the spans of its answers in its paragraph."""

    id: str
    text: dict[Language, str]
    answers: dict[Language, list[str]]
    at: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Paragraph:
    text: dict[Language, str]
    questions: list[Question]


@dataclass(frozen=True)
class Article:
    id: str
    title: str
    paragraphs: list[Paragraph]
    trained: bool = False


@dataclass(frozen=True)
class Part:
    """What the index holds of an article, and which questions are asked about it, by kind."""

    article: Article
    present: list[Paragraph]
    asked: dict[str, list[Question]]
    set_aside: int = 0  # questions whose answers could not be removed without leaving too little


def load_xquad(data: Path) -> list[Article]:
    """The articles of XQuAD, both languages side by side."""
    english, chinese = (_data(data / "xquad" / f"xquad.{language}.json") for language in ("en", "zh"))
    trained = {article["title"] for article in _data(data / "reading" / "squad2_dev_subset.json")}
    articles = []
    for one, other in zip(english, chinese, strict=True):
        paragraphs = []
        for left, right in zip(one["paragraphs"], other["paragraphs"], strict=True):
            questions = []
            for en, zh in zip(left["qas"], right["qas"], strict=True):
                assert en["id"] == zh["id"]
                texts: dict[Language, str] = {"en": en["question"].strip(), "zh": zh["question"].strip()}
                questions.append(Question(en["id"], texts, {"en": _answers(en), "zh": _answers(zh)}))
            paragraphs.append(Paragraph({"en": left["context"], "zh": right["context"]}, questions))
        title = one["title"]
        articles.append(Article(title, title.replace("_", " "), paragraphs, title in trained))
    return articles


def load_cmrc(data: Path) -> list[Article]:
    """The articles of the trial set of CMRC 2018: one paragraph each."""
    return [
        Article(one["id"], one["title"], [_cmrc_paragraph(paragraph) for paragraph in one["paragraphs"]])
        for one in _data(data / "cmrc2018" / "cmrc2018_trial.json")
    ]


def _cmrc_paragraph(paragraph: dict[str, Any]) -> Paragraph:
    text = paragraph["context"]
    questions = [
        Question(qa["id"], {"zh": qa["question"].strip()}, {"zh": _answers(qa)}, tuple(_spans(text, qa["answers"])))
        for qa in paragraph["qas"]
        if qa["question"].strip()  # two have no text
    ]
    return Paragraph({"zh": text}, questions)


def _data(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["data"]
    return found


def _answers(qa: dict[str, Any]) -> list[str]:
    return list(dict.fromkeys(answer["text"].strip() for answer in qa["answers"]))


def _spans(text: str, answers: Sequence[dict[str, Any]]) -> Iterator[tuple[int, int]]:
    """Where the answers stand; some offsets of the data are wrong, then wherever their text does."""
    for answer in answers:
        start, end = answer["answer_start"], answer["answer_start"] + len(answer["text"])
        if text[start:end] == answer["text"]:
            yield start, end
        else:
            yield from ((match.start(), match.end()) for match in re.finditer(re.escape(answer["text"]), text))


def halves_of_xquad(articles: Sequence[Article]) -> dict[str, list[Article]]:
    """`fit`: those that a reader may have been trained on and the first others; `test`: the rest. In the order given."""
    others = [article.id for article in articles if not article.trained]
    fit = {article.id for article in articles if article.trained}
    fit |= set(others[: FIT_ARTICLES - len(fit)])
    return {
        "fit": [article for article in articles if article.id in fit],
        "test": [article for article in articles if article.id not in fit],
    }


def parts_of_xquad(articles: Sequence[Article]) -> list[Part]:
    """Every third article is left out; of the others two of five paragraphs are, another two each time."""
    parts = []
    for number, article in enumerate(articles):
        if number % LEFT_OUT_EVERY == LEFT_OUT_EVERY - 1:
            asked = [question for paragraph in article.paragraphs for question in paragraph.questions]
            parts.append(Part(article, [], {"absent_article": asked}))
            continue
        size = len(article.paragraphs)
        gone = {number % size, (number + 2) % size}
        present = [paragraph for i, paragraph in enumerate(article.paragraphs) if i not in gone]
        removed = [paragraph for i, paragraph in enumerate(article.paragraphs) if i in gone]
        asked_of = {
            kind: [question for paragraph in paragraphs for question in paragraph.questions]
            for kind, paragraphs in (("answerable", present), ("hard", removed))
        }
        parts.append(Part(article, present, asked_of))
    return parts


def whole(articles: Sequence[Article]) -> list[Part]:
    """Everything is there and all is asked."""
    return [
        Part(article, article.paragraphs, {"answerable": [q for paragraph in article.paragraphs for q in paragraph.questions]})
        for article in articles
    ]


def parts_of_cmrc(articles: Sequence[Article]) -> list[Part]:
    """A third of the articles whole, a third left out, and a third without the sentences that answer."""
    parts = []
    for number, article in enumerate(articles):
        questions = [question for paragraph in article.paragraphs for question in paragraph.questions]
        if number % 3 == 0:
            parts.append(Part(article, article.paragraphs, {"answerable": questions}))
        elif number % 3 == 1:
            parts.append(Part(article, [], {"absent_article": questions}))
        else:
            (paragraph,) = article.paragraphs
            text, asked = without_answers(paragraph)
            parts.append(Part(article, [Paragraph({"zh": text}, [])], {"hard": asked}, len(questions) - len(asked)))
    return parts


def without_answers(paragraph: Paragraph) -> tuple[str, list[Question]]:
    """A Chinese paragraph without the sentences that answer its questions, and the questions that this left unanswered.

    The questions come in turn, each as long as `SHORTEST` characters remain. Then the sentences beside the removed ones go,
    too, which often say the same again, if as much remains.
    """
    text = paragraph.text["zh"]
    spans = sentences(text)
    gone: set[int] = set()
    asked: list[Question] = []
    for question in paragraph.questions:
        more = gone | {i for i, span in enumerate(spans) if _answers_in(text, span, question)}
        if len(_rest(text, spans, more)) >= SHORTEST:
            gone, asked = more, [*asked, question]
    beside = gone | {near for i in gone for near in (i - 1, i + 1) if 0 <= near < len(spans)}
    if len(_rest(text, spans, beside)) >= SHORTEST:
        gone = beside
    return _rest(text, spans, gone), asked


def _answers_in(text: str, span: tuple[int, int], question: Question) -> bool:
    """Whether a sentence holds an accepted answer, or a part of one that is longer than the sentence."""
    start, end = span
    return holds(text[start:end], question.answers["zh"]) or any(start < right and end > left for left, right in question.at)


def _rest(text: str, spans: Sequence[tuple[int, int]], gone: set[int]) -> str:
    return "".join(text[start:end] for i, (start, end) in enumerate(spans) if i not in gone)


def still_answered(question: Question, part: Part, language: Language) -> bool:
    """Whether what is left of the article may answer the question all the same.

    So it is where a paragraph, under the title, holds an accepted answer and at least half of the question's words.
    """
    wanted = set(query_words(question.text[language]))
    for paragraph in part.present:
        text = f"{part.article.title}\n{paragraph.text[language]}"
        if holds(text, question.answers[language]) and len(wanted & set(words(text))) >= ENOUGH_WORDS * len(wanted):
            return True
    return False


@dataclass(frozen=True)
class Languages:
    """What a set is written in: the language of an article, and those in which questions are asked about it."""

    asked_in: tuple[Language, ...]
    of_article: Callable[[Article], Language]


def mixed(articles: Sequence[Article]) -> Languages:
    """Every other article in the other language, and all questions in both."""
    odd = {article.id for article in articles[1::2]}
    return Languages(("en", "zh"), lambda article: "zh" if article.id in odd else "en")


def write_set(folder: Path, parts: Sequence[Part], distractors: Sequence[Article], languages: Languages) -> Counter[str]:
    """Write the documents and questions of a set; counts the questions by kind, and those dropped."""
    documents = folder / "documents"
    shutil.rmtree(documents, ignore_errors=True)  # nothing of an earlier run may stay in the index
    documents.mkdir(parents=True)
    kept = [(part.article, part.present) for part in parts if part.present]
    for article, paragraphs in [*kept, *((article, article.paragraphs) for article in distractors)]:
        language = languages.of_article(article)
        body = "\n\n".join(paragraph.text[language] for paragraph in paragraphs)
        (documents / file_name(article)).write_text(f"# {article.title}\n\n{body}\n", encoding="utf-8")
    rows, counts = [], Counter[str]()
    for part in parts:
        counts["set aside"] += part.set_aside
        language = languages.of_article(part.article)
        for kind, questions in part.asked.items():
            for question in questions:
                if kind != "answerable" and still_answered(question, part, language):
                    counts[f"{kind} dropped"] += 1
                    continue
                for asked_in in languages.asked_in:
                    counts[kind] += 1
                    rows.append(_row(question, kind, part.article, asked_in, language))
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (folder / "questions.jsonl").write_text(lines, encoding="utf-8")
    counts["documents"] = len(list(documents.iterdir()))
    return counts


def _row(question: Question, kind: str, article: Article, asked_in: Language, language: Language) -> dict[str, Any]:
    answerable = kind == "answerable"
    row: dict[str, Any] = {
        "question": question.text[asked_in],
        "answers": question.answers[language] if answerable else [],
        "documents": [f"documents/{file_name(article)}"] if answerable else [],
        "answerable": answerable, "language": asked_in, "kind": kind, "id": question.id, "article": article.id,
    }  # fmt: skip
    if asked_in != language:
        row["answer_language"] = asked_in
    if not answerable:
        row["removed_answers"] = question.answers[language]
    return row | ({"trained": True} if article.trained else {})


def file_name(article: Article) -> str:
    """Of the article's document."""
    title = re.sub(r"\W+", "_", article.title).strip("_")
    return f"{title}.md" if article.id.replace("_", " ") == article.title else f"{article.id}-{title}.md"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    xquad = halves_of_xquad(load_xquad(options.data))
    cmrc_articles = load_cmrc(options.data)
    cmrc = {half: cmrc_articles[parity::2] for parity, half in enumerate(HALVES)}
    pairs: list[tuple[Language, Language]] = [("en", "en"), ("zh", "zh"), ("zh", "en"), ("en", "zh")]
    both = mixed([*xquad["fit"], *xquad["test"]])
    sets = {language if asked == language else f"{asked}-{language}": alone(asked, language) for asked, language in pairs}
    for name, languages in (sets | {"mixed": both}).items():
        for half, other in (HALVES, HALVES[::-1]):
            folder = options.out / f"xquad-{name}-{half}"
            print_counts(folder.name, write_set(folder, parts_of_xquad(xquad[half]), xquad[other], languages))
        folder = options.out / f"xquad-{name}-fit-whole"
        print_counts(folder.name, write_set(folder, whole(xquad["fit"]), xquad["test"], languages))
    for half, other in (HALVES, HALVES[::-1]):
        folder = options.out / f"cmrc-{half}"
        print_counts(folder.name, write_set(folder, parts_of_cmrc(cmrc[half]), cmrc[other], alone("zh", "zh")))
    folder = options.out / "cmrc-fit-whole"
    print_counts(folder.name, write_set(folder, whole(cmrc["fit"]), cmrc["test"], alone("zh", "zh")))


def alone(asked_in: Language, language: Language) -> Languages:
    """All articles in one language, all questions in one."""
    return Languages((asked_in,), lambda article: language)


def print_counts(name: str, counts: Counter[str]) -> None:
    print(f"{name}: {', '.join(f'{count} {what}' for what, count in sorted(counts.items()) if count)}")


if __name__ == "__main__":
    main()
