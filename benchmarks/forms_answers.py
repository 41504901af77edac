"""Answers by form, measured: are lists complete, are lists kept back where none answers, do summaries name the sections?

    python -m benchmarks.forms_answers lists --documents FOLDER [--generator]
    python -m benchmarks.forms_answers summaries
    python -m benchmarks.forms_answers at_once

The questions in `benchmarks/forms` are about Debian's packages installation-guide-amd64 (`ig-en`, `ig-zh`), debian-handbook
(`dh-en`) and apache2-doc (`ap-en`), ingested from folders of these names; FOLDER holds them. The items of the right list are
read from the HTML by another way than the ingest's. Without `--generator` no list is given that is worth asking about.
`at_once` asks the questions of `benchmarks/forms` whose answers need no generator, and there is none: who asks for it fails.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
import unicodedata
from collections import Counter
from pathlib import Path
from typing import Any

import lxml.html
import numpy as np

from service.admission import AdmissionQueue
from service.composing.base import Composer, Composition, Run, Search
from service.composing.listing import ListComposer
from service.composing.summarising import SummaryComposer, parts_of
from service.events import Ask, untraced
from service.generation import Counted
from service.query.understanding import Understanding
from service.resources import AbsentGenerator, Resources, make_resources
from service.timing import Clock, Deadline
from training.fit_forms import load
from youju.errors import GeneratorUnavailable, ModelUnavailable
from youju.records import Scope
from youju.settings import Settings
from youju.text.language import detect_language

QUESTIONS = Path(__file__).parent / "forms"
AT_ONCE_MS = 300  # what an answer without a generator may take
HEAD = 25  # characters by which an item is known again


def squeezed(text: str) -> str:
    return "".join(sign for sign in unicodedata.normalize("NFKC", text) if sign.isalnum())


def items_of(path: Path, first: str) -> list[str]:
    """The items of the list whose first one begins so, without those below them."""
    tree: Any = lxml.html.fromstring(path.read_bytes())
    for one in tree.iter("ol", "ul", "dl"):
        items = [child for child in one if child.tag in ("li", "dt")]
        whole = squeezed(items[0].text_content() if items[0].tag == "li" else one.text_content()) if items else ""
        if whole.startswith(squeezed(first)):
            return [squeezed(item.text_content())[:HEAD] for item in items]
    raise LookupError(f"{path}: no list begins with {first!r}")


async def composed(resources: Resources, composer: Composer, question: str, form: Any) -> Composition | None:
    """What a composer says, after the search that a service does."""
    ask, language = Ask(question), detect_language(question)
    passages = resources.retriever.retrieve(question, resources.gate.candidates(resources.settings.top_k))
    decision = resources.gate.decide(question, passages, resources.settings.top_k)
    with AdmissionQueue(1, 1).enter("") as ticket:
        run = Run(ask, language, ticket, Clock(), Deadline(None, 600), Counted(resources.generator), untraced)
        return await composer.compose(run, Understanding(question, form), Search(question, decision.ranked, decision))


async def lists(resources: Resources, documents: Path, files: list[str]) -> None:
    composer = ListComposer(resources.store, resources.embedder, resources.gate, resources.generator)
    counts: Counter[str] = Counter()
    for line in [line for file in files for line in (QUESTIONS / file).read_text(encoding="utf-8").splitlines()]:
        asked, began = json.loads(line), time.perf_counter()
        made = await composed(resources, composer, asked["question"], asked["form"])
        seconds = time.perf_counter() - began
        if "first" not in asked:
            outcome = "none, rightly" if made is None else "given, wrongly"
        else:
            sought = items_of(documents / asked["document"], asked["first"])
            outcome = "none" if made is None else rated(made, sought)
        counts[outcome] += 1
        exact = made is None or all(
            resources.store.text(one.document_id)[one.start : one.end] == one.quote
            for said in made.said
            for one in said.citations
        )
        counts["citations not exact"] += not exact
        print(f"{outcome:15} {seconds:5.1f} s  {asked['question']}", flush=True)
        if made is not None and outcome != "complete":
            print("      ", [one.sentence.text[:60] for one in made.said][:4])
    print(dict(counts))


async def summaries(resources: Resources) -> None:
    """Of every fourth document with sections: how many headings of the highest level that has several are named, how many parts
    stand in the document as cited, how long it takes."""
    composer = SummaryComposer(resources.store, resources.embedder)
    named = there = exact = said = 0
    seconds: list[float] = []
    for document in resources.store.documents()[::4]:
        headings = [part.heading for part in parts_of(resources.store.outlines.get(document.id)) if part.heading]
        if len(headings) < 2:
            continue
        began = time.perf_counter()
        with AdmissionQueue(1, 1).enter("") as ticket:
            ask = Ask("What is this document about?", scope=Scope(document_ids=(document.id,)))
            run = Run(ask, "en", ticket, Clock(), Deadline(None, 600), Counted(resources.generator), untraced)
            made = await composer.compose(run, Understanding(ask.question, "summary"), None)
        seconds.append(time.perf_counter() - began)
        text, parts = resources.store.text(document.id), made.said if made else ()
        texts = {squeezed(one.sentence.text) for one in parts}
        named += sum(squeezed(text[one.start : one.end]) in texts for one in headings)
        there += len(headings)
        said += len(parts)
        exact += sum(all(text[one.start : one.end] == one.quote for one in part.citations) for part in parts)
    print(f"{len(seconds)} documents: {named} of {there} headings named, {exact} of {said} parts exact")
    print(f"{max(seconds):.1f} s at most")


async def at_once(resources: Resources) -> None:
    """How long the whole answer takes for each form that needs no generator, as far as its questions are recognised."""
    await resources.answerer.answer(Ask("Hello!"))  # loads the model
    for form in ("social", "about", "locate"):
        spent, worked = list[float](), list[float]()
        others = 0
        for question in [question for of, _, question in load(QUESTIONS) if of == form]:
            began, before = time.perf_counter(), time.process_time()
            try:
                answer = await resources.answerer.answer(Ask(question))
            except GeneratorUnavailable:  # taken for a question to the documents
                others += 1
                continue
            if answer.form == form:
                spent.append(1000 * (time.perf_counter() - began))
                worked.append(1000 * (time.process_time() - before))
        over = sum(one > AT_ONCE_MS for one in spent)
        print(
            f"{form}: {len(spent)} without a generator, {others} taken for other forms; ms: median {np.median(spent):.0f}, "
            f"95 % {np.percentile(spent, 95):.0f}, most {max(spent):.0f}; {over} over {AT_ONCE_MS}; of the processor: median "
            f"{np.median(worked):.0f}, 95 % {np.percentile(worked, 95):.0f}, most {max(worked):.0f}",
            flush=True,
        )


def rated(made: Composition, sought: list[str]) -> str:
    said = [squeezed(one.sentence.text) for one in made.said if one.sentence.block in ("item", "step")]
    places = [
        next((place for place, text in enumerate(said) if text[:HEAD] and text.startswith(item[: len(text)])), None)
        for item in sought
    ]
    held = [place for place in places if place is not None]
    if not held:
        return "another list"
    return "complete" if len(held) == len(sought) and held == sorted(held) else "part"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=("lists", "summaries", "at_once"))
    parser.add_argument("--documents", type=Path, default=Path())
    parser.add_argument("--generator", action="store_true")
    parser.add_argument("--files", nargs="*", default=["lists.jsonl", "no-lists.jsonl"])
    given = parser.parse_args()
    absent = None if given.generator else AbsentGenerator(ModelUnavailable("not asked for", ""))
    resources = make_resources(Settings(), generator=absent)
    match given.what:
        case "lists":
            asyncio.run(lists(resources, given.documents, given.files))
        case "summaries":
            asyncio.run(summaries(resources))
        case _:
            asyncio.run(at_once(resources))


if __name__ == "__main__":
    main()
