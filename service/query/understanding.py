"""A question -> what it asks for: its form, its parts, the documents that it names. No generator is asked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from service.events import Understanding
from service.query.cues import DOCUMENT, DOCUMENT_ZH
from service.query.forms import FormModel, bundled_forms
from service.query.parts import split_parts
from service.query.titles import TitleIndex
from youju.embedding.base import Embedder
from youju.records import EVERYTHING, Form, Scope
from youju.text.quantities import numbers

__all__ = ["Understander", "Understanding"]

OF_THE_SERVICE: frozenset[Form] = frozenset({"social", "instruction"})  # ask nothing of documents, whatever was said before
STANDS_ALONE: frozenset[Form] = OF_THE_SERVICE | {"about"}  # what was said before adds nothing to these
# Where no word says that it is of these, the documents are asked first: "run a calibration" may be what a handbook tells.
SEARCHED_FIRST: frozenset[Form] = frozenset({"instruction", "locate"})
SURE = 0.985  # from this confidence on it is of such a form though no word says so: hardly a question on documents is
WITHOUT_FILTER: frozenset[Form] = frozenset({"locate", "about", "social", "instruction"})  # ask of the documents, not in them
CUES_ALONE = 0.85  # least confidence, without an embedding, that a question is none to the documents
# "Which contract has a total of 614,690 euros?" asks for the row or sentence with that value, not for a list of documents.
MENTIONS = re.compile(
    r"mention|about|contain|refer|cover|deal|discuss|describ|explain|\bsa(?:y|id)|quot|cite|appear|written|"
    r"提到|提及|涉及|说到|谈到|写着|写在|出现|引用|包含|关于|有关|讲|说明|介绍",
    re.IGNORECASE,
)
# "Which user owns the cat pages?" asks for a user, whatever documents or pages it speaks of besides.
PLACE = rf"(?:{DOCUMENT}|(?:page|chapter|section|clause|paragraph|passage|place|part|note|book|message|invoice)s?)"
OF_A_THING = re.compile(
    r"^\W*(?:(?:in|on|from|to|under|by|for) )?(?:who(?:m|se)?\b|"
    rf"(?:which|what) (?!(?:of|one)\b)(?!(?:[\w-]+ ){{0,4}}{PLACE}\b)\w)|"
    rf"^\W*(?:(?:which|what) (?!{PLACE}\b)[\w-]+ (?:owns?|uses?|has|have|holds?|keeps?|is|are|was|were|can|may|must|gets?)\b)|"
    rf"^\W*(?:谁(?!.*哪.{{0,2}}{DOCUMENT_ZH})|哪一?(?:个|位|名|家|台|种)(?!.{{0,3}}(?:{DOCUMENT_ZH}|地方|章|节|页|条|段|信)))",
    re.IGNORECASE,
)


class Understander:
    """Understands questions to the documents of one store. Safe to use from several threads."""

    def __init__(self, titles: TitleIndex, embedder: Embedder, model: FormModel | None = None) -> None:
        self._embedder = embedder
        self._model = model or bundled_forms()
        self._is_fitted = embedder.fingerprint == self._model.embedder
        self._titles = titles

    def understand(self, question: str, scope: Scope = EVERYTHING, said: Sequence[str] = ()) -> Understanding:
        """
        Args:
            scope: which documents may be named.
            said: what was asked before; the documents that it names are meant where the question names none.

        Raises:
            StoreUnusable: the index cannot be read.
        """
        form, confidence = self._form(question)
        is_certain = confidence >= SURE or self._model.says(form, question)
        otherwise = form if form in SEARCHED_FIRST and not is_certain else None
        form, confidence = ("fact", 1 - confidence) if otherwise else (form, confidence)
        whole = Understanding(question, form, round(confidence, 3), (question,), otherwise=otherwise)
        if form in WITHOUT_FILTER:
            return whole
        titles = self._titles.current()
        named = next((found for one in (question, *said) if (found := titles.named(one, scope))), ())
        if form == "comparison" and len(named) < 2:  # the other side stands elsewhere
            named = ()
        return replace(whole, parts=split_parts(question), documents=named)

    def _form(self, question: str) -> tuple[Form, float]:
        embedding = self._embedder.embed_queries([question])[0] if self._is_fitted else None
        form, confidence = self._model.decide(question, embedding)
        if embedding is None and form in OF_THE_SERVICE and confidence < CUES_ALONE:
            return "fact", confidence
        of_a_thing = form == "locate" and (numbers(question) or OF_A_THING.search(question))
        if of_a_thing and not MENTIONS.search(question):
            return "fact", confidence
        return form, confidence
