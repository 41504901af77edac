"""Which form each of the unseen questions is taken for: `python benchmarks/forms.py`. Prints shares and a matrix.

The questions are in `benchmarks/forms/forms_{en,zh}.toml`; the classifier was fitted on others (`training/fit_forms.py`). They
are looked at as a whole only. Mistakes are shown for the questions of development, in `benchmarks/data/forms_{en,zh}.toml`.

`--documents` asks held-out questions that were written on documents: none is an order, a greeting, or asks for a place.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import Counter
from pathlib import Path

import numpy as np

from service.query.cues import cues
from service.query.forms import FORMS, bundled_forms
from service.query.titles import TitleIndex
from service.query.understanding import WITHOUT_FILTER, Understander
from training.fit_forms import LANGUAGES, load, of_documents
from youju.embedding.factory import make_embedder
from youju.index.opening import open_index
from youju.records import Form
from youju.settings import load_settings

UNSEEN = Path(__file__).parent / "forms"
DEVELOPMENT = Path(__file__).parent / "data"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--development", action="store_true", help="Of the questions of development, each mistake too.")
    parser.add_argument("--second", action="store_true", help="Of those that were written later.")
    parser.add_argument("--documents", action="store_true", help="Of questions on documents: how many are taken for none.")
    arguments = parser.parse_args()
    if arguments.documents:
        print_turned_away()
        return
    model, embedder = bundled_forms(), make_embedder(load_settings())
    examples = load(DEVELOPMENT if arguments.development else UNSEEN / "second" if arguments.second else UNSEEN)
    assert not {question for *_, question in examples} & {question for *_, question in load()}
    taken: list[Form] = []
    spent: list[float] = []
    by_wording = 0
    for form, _, question in examples:
        began = time.perf_counter()
        taken.append(model.decide(question, embedder.embed_queries([question])[0])[0])
        spent.append(1000 * (time.perf_counter() - began))
        by_wording += model.decide(question, None)[0] == form
    pairs = Counter((form, found) for (form, *_), found in zip(examples, taken, strict=True))
    for language in LANGUAGES:
        right = [form == found for (form, of, _), found in zip(examples, taken, strict=True) if of == language]
        print(f"{language}: {np.mean(right):.3f} of {len(right)}")
    hits = sum(count for (form, found), count in pairs.items() if form == found)
    print(f"all: {hits / len(examples):.3f} of {len(examples)}; by wording alone {by_wording / len(examples):.3f}")
    print(f"milliseconds with the embedding: median {np.median(spent):.1f}, 95 % {np.percentile(spent, 95):.1f}")
    print("asked \\ taken for |", " | ".join(FORMS))
    for form in FORMS:
        print(form, "|", " | ".join(str(pairs[form, found] or "") for found in FORMS))
    if arguments.development:
        for (form, _, question), found in zip(examples, taken, strict=True):
            if form != found:
                print(f"{form} -> {found}: {question} ({sum(cues(question)):.0f} cues)")


def print_turned_away() -> None:
    settings = load_settings()
    questions = of_documents(1_000_000, held_out=True)
    with tempfile.TemporaryDirectory() as folder:
        index = open_index(settings.model_copy(update={"data_dir": Path(folder)}))
        understander = Understander(TitleIndex(index.store), make_embedder(settings))
        understood = [understander.understand(question) for question in questions]
        index.close()
    taken = Counter(one.form for one in understood if one.form in WITHOUT_FILTER)
    first = Counter(one.otherwise for one in understood if one.otherwise)
    print(f"of {len(questions)}: taken for {dict(taken)}; looked for first, then {dict(first)}")


if __name__ == "__main__":
    main()
