"""Fit what a generator's own word tells: `python -m training.fit_self_evaluation INDEX QUESTIONS.jsonl --out rows.jsonl`.

INDEX is a data folder that holds the documents of QUESTIONS (the form of docs/evaluation.md). The larger it is and the more
kinds of documents it holds, the more the passages beside the right one are near misses, as in use. Each question is asked
twice: with all that is found, but for the documents that it names as `without` (a translation, say), and without the passages
that hold its answer. Of each is kept what the gate said, by what log odds the generator said that the passages state the
answer, whether they do, whether its draft has support, says what the reader found and is right, whether the generator says
that the sentence which it stands on answers, and the same of the quotation that would stand in for it. Rows are written as
they come, and taken over by the next run.

`python -m training.fit_sentence_selection` fits the sentences of the same rows: first, since the quotation is chosen by them.

Printed are the weights for `service/reading/self_evaluation.json`, thresholds by strictness, and ROC AUC by groups of questions
left out in turn. Set YOUJU_GENERATOR and YOUJU_GENERATOR_MODEL to what is to be measured.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import numpy as np
import numpy.typing as npt

from service.generation import Generator, Sampling, make_generator, prefers, prompting, written
from service.generation.profile import USUAL
from service.grounding.candidates import answer_candidates, states
from service.grounding.draft_parser import DraftParser
from service.grounding.judging import MOST_JUDGED
from service.grounding.quotable import Quote
from service.grounding.selection import likeliest, ranked_quotes, signals
from service.grounding.verifier import Verifier
from service.reading import gate, make_reader
from service.reading.evidence import select_evidence
from service.reading.gate import AnswerabilityGate
from service.reading.self_evaluation import bounded_odds
from service.resources import make_retriever
from service.retrieval.retriever import Retriever
from youju.embedding.factory import make_embedder
from youju.evaluation.metrics import holds, same_document
from youju.evaluation.records import EvalQuestion, load_questions
from youju.evaluation.statistics import roc_auc
from youju.index.sqlite.store import Store
from youju.records import Passage
from youju.settings import Settings, load_settings
from youju.text.language import detect_language, query_words, simplified, words
from youju.text.rows import named_rows

DEPTH = 40  # passages found, of which some are taken out
LONG = 4  # words of an answer beyond which most of them suffice: nobody repeats it word for word
TELLING = 3  # characters of an answer that is found in other documents too
MOST = 0.6  # of the words of a long answer
REFUSED = {"lenient": 0.005, "balanced": 0.02, "strict": 0.1}  # share of the right drafts that a strictness may refuse
WITHOUT_ANSWER = 1 / 3  # weight of a question whose passages were taken out
FOLDS = 10
PENALTY = 1.0  # scikit-learn's C

Row = dict[str, Any]
Floats = npt.NDArray[np.float64]


def is_right(text: str, answers: Sequence[str]) -> bool:
    """Whether a text gives an accepted answer, or most of the words of a long one."""
    said, accepted = simplified(text), [simplified(answer) for answer in answers]
    if holds(said, accepted):
        return True
    long = (set(query_words(answer)) for answer in accepted)
    return any(len(sought & set(words(said))) >= MOST * len(sought) for sought in long if len(sought) > LONG)


def holds_answer(text: str, question: EvalQuestion) -> bool:
    """Whether a text, of whatever document, holds an answer that is too long to stand there by chance."""
    return is_right(text, [answer for answer in question.answers if len(answer) >= TELLING])


@dataclass(frozen=True)
class Measuring:
    """The whole way to an answer, with what each part of it said."""

    settings: Settings
    retriever: Retriever
    keeper: AnswerabilityGate
    generator: Generator
    verifier: Verifier

    async def rows(self, question: EvalQuestion) -> list[Row]:
        found = await asyncio.to_thread(self.retriever.retrieve, question.question, DEPTH)
        apart = (question.model_extra or {}).get("without", [])  # documents that are not there for this question
        found = [one for one in found if not any(same_document(one.document.uri, named) for named in apart)]
        without = [one for one in found if not self._answers(question, one)]
        if not question.answerable:
            cases = {"taken out": found}
        else:
            cases = {"found": found, "taken out": without} if len(without) < len(found) else {"found": found}
        return [await self._row(question, case, passages[: self.settings.top_k]) for case, passages in cases.items()]

    def _answers(self, question: EvalQuestion, passage: Passage) -> bool:
        mine = any(same_document(passage.document.uri, named) for named in question.documents)
        return mine and is_right(passage.text, question.answers)

    async def _row(self, question: EvalQuestion, case: str, passages: Sequence[Passage]) -> Row:
        asked = detect_language(question.question)
        yes_no = prompting.YES_NO[asked]
        decision = self.keeper.decide(question.question, passages)
        shown = select_evidence(question.question, decision.read, self.keeper.reader.name, asked, USUAL.evidence)
        chat = prompting.messages(question.question, shown, asked)
        stated = await prefers(self.generator, prompting.whether_stated(chat, asked), *yes_no)
        draft = await written(self.generator, chat, Sampling(USUAL.answer))
        parser = DraftParser()
        first = next(iter([*parser.feed(draft), *parser.finish()]), None)
        supported = self.verifier.verify(first, question.question, shown) if first else None
        cited: float | None = None
        if supported and supported.citations:
            first_cited = supported.citations[0]
            title = shown[first_cited.marker - 1].title_line
            check = prompting.whether_answered(question.question, " ".join(first_cited.quote.split()), title, asked)
            cited = await prefers(self.generator, check, *yes_no)
        candidate = max(answer_candidates(shown, decision.read), key=lambda one: one.score, default=None)
        quotes = ranked_quotes(question.question, draft, shown, decision.read, self.retriever.embedder, MOST_JUDGED)

        async def judge(quote: Quote) -> float | None:
            check = prompting.whether_answered(question.question, quote.in_context, quote.passage.title_line, asked)
            return await prefers(self.generator, check, *yes_no)

        quote = await likeliest(quotes, judge)
        every, values = signals(question.question, draft, shown, decision.read, self.retriever.embedder)
        return {
            "question": question.question, "case": case, "language": asked, "confidence": decision.confidence,
            "own": decision.own, "other": decision.other, "stated": stated,
            "row": any(named_rows(question.question, [one.text for one in shown])),
            "in evidence": any(holds_answer(one.text, question) or self._answers(question, one) for one in shown),
            "draft": draft, "agrees": bool(first and candidate and states(first.text, candidate)),
            "support": supported.sentence.support if supported else None, "right": is_right(draft, question.answers),
            "quoted": quote.stated if quote else None, "quote": quote.text if quote else None,
            "quote score": quote.score if quote else None,
            "sentences": [
                [*value, is_right(one.text, question.answers)] for one, value in zip(every, values.tolist(), strict=True)
            ],
            "quote right": bool(quote and is_right(quote.text, question.answers)),
            "cited": [one.quote for one in supported.citations] if supported else [], "cited answers": cited,
            "found": candidate.value if candidate else None, "read": candidate.score if candidate else None,
        }  # fmt: skip


def regression(values: Floats, right: npt.NDArray[np.bool_], weights: Floats) -> Floats:
    """Slopes and, last, the intercept."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=PENALTY, max_iter=2000).fit(values, right, sample_weight=weights)
    return np.append(model.coef_[0], model.intercept_)


def held_out(values: Floats, right: npt.NDArray[np.bool_], weights: Floats, groups: Sequence[str]) -> Floats:
    """Log odds of each row by a fit to the others; rows of one question are left out together."""
    from sklearn.model_selection import GroupKFold

    found = np.zeros(len(right))
    for train, test in GroupKFold(FOLDS).split(values, right, groups):
        fitted = regression(values[train], right[train], weights[train])
        found[test] = values[test] @ fitted[:-1] + fitted[-1]
    return found


def fit(rows: Sequence[Row]) -> dict[str, Any]:
    """What goes into `self_evaluation.json`, and prints how well it tells."""
    asked = [row for row in rows if row["stated"] is not None]
    fitted, odds = _fit_stated(asked)
    told = list(zip(asked, odds.tolist(), strict=True))
    quoted = _fit_quoted([(row, one) for row, one in told if row["quoted"] is not None])
    drafted = [(row, one) for row, one in told if row["support"] is not None]
    found = {"stated": fitted, "quoted": quoted} | _after_drafting(drafted)
    cited = [(row, one) for row, one in drafted if row.get("cited answers") is not None]
    return found | {"drafted": _fit_drafted(cited)} if cited else found


def _fit_quoted(told: Sequence[tuple[Row, float]]) -> dict[str, dict[str, float]]:
    """Weights by language of a quotation that stands in for a draft; but for a constant they are the same in both."""
    chinese = [float(row["language"] == "zh") for row, _ in told]
    values = np.array([[one, row["quoted"], row["quote score"]] for row, one in told])
    names = ("passages", "stated", "score", "chinese", "intercept")
    weights, _ = _fit_one("quoted", names, "quote right", [row for row, _ in told], np.column_stack([values, chinese]))
    constant = weights["intercept"]
    return {
        language: {name: weights[name] for name in names[:3]} | {"intercept": round(constant + zh * weights["chinese"], 3)}
        for language, zh in (("en", 0), ("zh", 1))
    }


def _fit_drafted(cited: Sequence[tuple[Row, float]]) -> dict[str, float]:
    """Weights of a draft whose sentence was judged by itself; prints what of right and wrong ones is given at thresholds."""
    rows = [row for row, _ in cited]
    values = np.array([[one, row["cited answers"], row["agrees"]] for row, one in cited], np.float64)
    right, counts = np.array([row["right"] for row in rows]), _counts(rows)
    sure = 1 / (1 + np.exp(-held_out(values, right, counts, [row["question"] for row in rows])))
    for threshold in (0.3, 0.4, 0.55):
        given = sure >= threshold
        print(f"judged, {threshold}: of the right drafts given {given[right].mean():.3f}, of others {given[~right].mean():.3f}")
    names = ("asked", "stated", "agrees", "intercept")
    return dict(zip(names, regression(values, right, counts).round(3).tolist(), strict=True))


def _fit_stated(rows: Sequence[Row]) -> tuple[dict[str, dict[str, float]], Floats]:
    """Weights by language, and the log odds that they give to rows left out. Both languages are fitted together, as the gate's
    confidence is on one scale; only what the generator says has a weight for each."""
    chinese = np.array([float(row["language"] == "zh") for row in rows])
    gate = [[bounded_odds(row["own"]), bounded_odds(row["other"]), float(row["row"])] for row in rows]
    said = np.array([row["stated"] for row in rows])
    values = np.column_stack([gate, said * (1 - chinese), said * chinese, chinese])
    names = ("own", "other", "row", "en", "zh", "chinese", "intercept")
    weights, odds = _fit_one("stated", names, "in evidence", rows, values)
    fitted = {
        language: {name: weights[name] for name in ("own", "other", "row")}
        | {"stated": weights[language], "intercept": round(weights["intercept"] + zh * weights["chinese"], 3)}
        for language, zh in (("en", 0), ("zh", 1))
    }
    return fitted, odds


def _fit_one(
    name: str, signals: Sequence[str], label: str, rows: Sequence[Row], values: Floats
) -> tuple[dict[str, float], Floats]:
    """Weights of the signals (columns of `values`, and the intercept), and the log odds that they give to rows left out."""
    labels, counts = np.array([row[label] for row in rows]), _counts(rows)
    odds = held_out(values, labels, counts, [row["question"] for row in rows])
    for language in sorted({row["language"] for row in rows}):
        here = np.array([row["language"] == language for row in rows])
        auc = roc_auc(odds[here].tolist(), labels[here].tolist())
        print(f"{name} {language}: {labels[here].sum()} of {here.sum()}; AUC {auc or 0:.3f}")
    weights = regression(values, labels, counts)
    return dict(zip(signals, weights.round(3).tolist(), strict=True)), odds


def _counts(rows: Sequence[Row]) -> Floats:
    """How much each row counts: in use fewer questions have no answer than here."""
    return np.array([WITHOUT_ANSWER if row["case"] == "taken out" else 1.0 for row in rows])


def _after_drafting(drafted: Sequence[tuple[Row, float]]) -> dict[str, Any]:
    """What agreement adds to the log odds of drafts that have support, and the thresholds of their sum."""
    rows, odds = [row for row, _ in drafted], np.array([told for _, told in drafted])
    right, agrees = (np.array([row[name] for row in rows]) for name in ("right", "agrees"))
    counts = _counts(rows)
    weights = regression(np.column_stack([odds, agrees]), right, counts)
    # The slope of `odds` is about 1, since they were fitted: what is left is what agreement says beyond them.
    found = {"says": round(float(weights[1] + weights[2]), 3), "differs": round(float(weights[2]), 3)}
    sure = 1 / (1 + np.exp(-(odds + np.where(agrees, found["says"], found["differs"]))))
    auc = roc_auc(sure.tolist(), right.tolist())
    print(f"drafts with support: {right.sum()} right of {len(right)}; slope {weights[0]:.2f}, AUC {auc or 0:.3f}")
    thresholds = {name: round(float(np.quantile(sure[right], share)), 3) for name, share in REFUSED.items()}
    near = np.array([row["case"] == "taken out" for row in rows])
    for name, threshold in thresholds.items():
        given = sure >= threshold
        print(
            f"{name}: {threshold}; of right drafts given {given[right].mean():.3f}, of those without the passage "
            f"{given[near].mean():.3f}; right of those given {np.average(right[given], weights=counts[given]):.3f}"
        )
    return found | {"thresholds": thresholds}


async def collect(measuring: Measuring, questions: Sequence[EvalQuestion], known: list[Row], out: TextIO) -> None:
    """Add to `known` the rows of all questions that it lacks, and write them."""
    asked = {row["question"] for row in known}
    for number, question in enumerate(questions, 1):
        if question.question not in asked:
            rows = await measuring.rows(question)
            known += rows
            out.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
            out.flush()
            print(f"{number} of {len(questions)}", end="\r", flush=True)
    await measuring.generator.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("index", type=Path, help="data folder that holds the documents")
    parser.add_argument("questions", type=Path, help="JSON Lines, as for `youju eval`")
    parser.add_argument("--out", type=Path, required=True, help="rows, written as they come and used again")
    options = parser.parse_args()
    settings = load_settings().model_copy(update={"data_dir": options.index})
    embedder = make_embedder(settings)
    store = Store(settings.database)
    retriever = make_retriever(settings, store, embedder)
    reader = make_reader(settings, embedder)
    keeper = AnswerabilityGate(reader, gate.load_for(settings, reader.name, embedder), settings.strictness)
    generator = make_generator(settings)
    measuring = Measuring(settings, retriever, keeper, generator, Verifier(embedder))
    out: Path = options.out
    rows = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()] if out.exists() else []
    with out.open("a", encoding="utf-8") as file:
        asyncio.run(collect(measuring, load_questions(options.questions), rows, file))
    print(json.dumps({reader.name: {generator.name: fit(rows)}}, indent=1))
    store.close()


if __name__ == "__main__":
    main()
