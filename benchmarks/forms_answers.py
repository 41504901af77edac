"""Answers by form, measured: are lists complete, are lists kept back where none answers?

    python -m benchmarks.forms_answers lists --documents FOLDER [--generator]

The questions in `benchmarks/forms` are about Debian's packages installation-guide-amd64 (`ig-en`, `ig-zh`), debian-handbook
(`dh-en`) and apache2-doc (`ap-en`), ingested from folders of these names; FOLDER holds them. The items of the right list are
read from the HTML by another way than the ingest's. Without `--generator` no list is given that is worth asking about.
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

from service.admission import AdmissionQueue
from service.composing.base import Composer, Composition, Run, Search
from service.composing.listing import ListComposer
from service.events import Ask, untraced
from service.generation import Counted
from service.query.understanding import Understanding
from service.resources import AbsentGenerator, Resources, make_resources
from service.timing import Clock, Deadline
from youju.errors import ModelUnavailable
from youju.settings import Settings
from youju.text.language import detect_language

QUESTIONS = Path(__file__).parent / "forms"
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
    parser.add_argument("what", choices=("lists",))
    parser.add_argument("--documents", type=Path, required=True)
    parser.add_argument("--generator", action="store_true")
    parser.add_argument("--files", nargs="*", default=["lists.jsonl", "no-lists.jsonl"])
    given = parser.parse_args()
    absent = None if given.generator else AbsentGenerator(ModelUnavailable("not asked for", ""))
    resources = make_resources(Settings(), generator=absent)
    asyncio.run(lists(resources, given.documents, given.files))


if __name__ == "__main__":
    main()
