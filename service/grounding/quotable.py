"""What can be quoted of a passage as an answer, and what a reader needs beside it to understand it.

A sentence is not always what answers: a question in the text is answered by what follows it, a lead-in by what it leads to, a
definition belongs to its term; and "It can be switched off" tells nothing without the sentence before it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from service.grounding.facts import OPTION
from service.grounding.verifier import LEADS_IN, POINTS_BACK
from youju.records import Passage
from youju.text.language import ROW_CELLS, sentences, words
from youju.text.quantities import figures
from youju.text.rows import Span
from youju.text.wrapping import one_line

SAYS = re.compile(r"[^\W_]")
ASKS = re.compile(r"[?？]\s*$")
IS_ANSWER = re.compile(r"(?:回答|答案|答复)(?:是|为|[:：])|答[:：]|(?:the )?answer(?: is\b|:)", re.IGNORECASE)
WORDED_AS_QUESTION = re.compile(  # without its sign
    r"\W*(?:what|which|who|when|where|why|how|is|are|do|does|did|can|could|may|must|should|will)\b|"
    r".*(?:能否|是否|可否|能不能|可不可以|吗|什么|怎么|如何|为何|多少)",
    re.IGNORECASE,
)
ENDS = re.compile(r"[。.!！;；…][\"'”’」』）)】》\]]*\s*$")
# Says nothing without the sentence before it: which range, which of them.
TO_BEFORE = re.compile(r"\W*(?:在此(?:范围|期|之[内外]|情)|上述|前述|该等)")
# Somewhere in a sentence, a way of doing that the one before tells: "for numbers with zeros this method is useful".
POINTS_TO_WAY = re.compile(
    r"[^。.!?！？\n]{0,80}?(?:\b(?:this|that) (?:method|way|approach|technique|trick|command|option|setting|step)\b"
    r"|(?:此|这[种个]|该|上述)(?:方法|方式|办法|做法|命令|选项|设置|步骤))",
    re.IGNORECASE,
)
TAKES_BACK = re.compile(
    r"\W*(?:but|however|yet|in (?:practice|fact|reality)|actually|nevertheless|但|然而|不过|可是|实际上|事实上|其实)",
    re.IGNORECASE,
)
# What comes of doing it, or of not doing it.
COMES_OF_IT = re.compile(
    r"\W*(?:otherwise|if you (?:do|don't|do not) (?:so|this|that)\b|if not(?=,)|否则|不然|要不然|如果(?:你|您)?这[样么]做)",
    re.IGNORECASE,
)
LEAST_WORDS = 2  # "2." and "D4." are what stands before a sentence
NUMBERING = re.compile(r"\W*\d+(?:\.\d+)*\.\W*")  # as "5.9." is
SYNOPSIS = re.compile(r"[\[({<][^\])}>]* \| [^\])}>]*[\])}>]")  # `[-q | --quiet]`: how a command is written, no row of a table
LONGEST_TERM = 80  # characters
LONGEST_LABEL = 50  # characters; wrapped text has longer lines
LISTED = re.compile(r"[-*•·–]|\(?\d{1,3}[.)、]")  # a sign or number of an item
LONGEST_QUOTED = 400  # characters of two sentences together
LEAST_LEAD = 5  # words of a sentence that leads in to what answers; fewer are a label
SHORT_LEAD = 40  # characters of a lead-in that belongs to the sentence before it
REFERS = re.compile(r"\b(?:it|its|them|they|this|that|these|those)\b|[它这那该]", re.IGNORECASE)  # of a question in the text
LONGEST_BEFORE = 300  # characters of what a sentence points back to
STANDS_ALONE = 40  # characters; a shorter answer to a question in the text ("No.") takes the next sentence along
RULED = re.compile(r"\s+[-=~_*]{5,}(?=\s)")  # a line drawn around a command
# "Contact: office@example.org", "Contract number HH-4471": no sentence, and not only a heading.
VALUED = re.compile(r"\s*[^\W\d][^:：\n]{1,40}[:：]\s*[^\s/]")
NUMBERED = re.compile(r"[^\W\d]\S*[\s:：#№]+[\w-]*\d|[\u4e00-\u9fff][\w-]*\d")
CHAPTER = re.compile(
    r"\W*(?:\d|chapter|section|part|step|figure|fig|table|appendix|annex|article|clause|page|第|附录|附件|图|表|步骤)",
    re.IGNORECASE,
)
ITEM = re.compile(  # of a list: no heading, whatever it ends with
    r"\s*(?:[-*•·–]|\(?\d{1,2}[.)、])\s+(?:\S+\s+){2}\S|"
    r"\s*(?:[-*•·–]|[（(]?[\d一二三四五六七八九十]{1,3}[）).、])\s*[\u4e00-\u9fff]{5}"
)


@dataclass(frozen=True)
class Quote:
    """Characters `start` to `end` (exclusive) of a passage that is number `marker`.

    `above` is what it stands under in the text: the question that it follows, if it answers one, or the label (a term that is
    defined, a small heading) on a line above its paragraph; `since` where what it points back to begins, as "it" does to the
    sentence before; `score` the log odds, but for a constant, of answering the question that was asked; `stated` the log odds
    by which a generator said that it does, if one was asked.
    """

    marker: int
    passage: Passage
    start: int
    end: int
    above: str = ""
    since: int | None = None
    score: float = 0.0
    stated: float | None = None

    @property
    def text(self) -> str:
        return self._between(self.start)

    @property
    def understandable(self) -> Span:
        """Characters of the passage that tell of what the sentence speaks: with what it points back to."""
        return (self.start if self.since is None else self.since), self.end

    @property
    def whole(self) -> str:
        """The text with what it points back to: `It can be switched off.` alone tells nothing."""
        return self._between(self.understandable[0])

    @property
    def in_context(self) -> str:
        """The whole text behind what it stands under: `No.` alone tells nothing."""
        return self.whole if not self.above else f"{self.above}{'' if ASKS.search(self.above) else ':'} {self.whole}"

    def overlaps(self, other: Quote) -> bool:
        """Whether two share characters of a document; of a passage that was cut too."""
        first, second = self.passage.start, other.passage.start
        is_same = self.passage.document.id == other.passage.document.id
        return is_same and first + self.start < second + other.end and first + self.end > second + other.start

    def _between(self, start: int) -> str:
        return one_line(RULED.sub(" ", self.passage.text[start : self.end]))

    @property
    def line(self) -> str:
        """The same behind the title and headings, as it is offered among others."""
        title = self.passage.title_line
        return f"[{title}] {self.in_context}" if title else self.in_context


def quotes_of(passage: Passage) -> list[Quote]:
    """What can be quoted of a passage, each once."""
    return list({(quote.start, quote.end): quote for quote, _ in quotes_from(1, passage)}.values())


def quotes_from(marker: int, passage: Passage) -> list[tuple[Quote, tuple[int, int]]]:
    """What can be quoted of a passage, each with the sentence that it begins from."""
    spans = [span for span in sentences(passage.text) if SAYS.search(passage.text[slice(*span)])]  # no line below a heading
    found = []
    for place, span in enumerate(spans):
        low, high = answer_of(passage.text, spans, place)
        if high > low:
            quote = quote_at(marker, passage, low, high, spans)
            said = passage.text[low:high]
            if ASKS.search(quote.above) or (len(words(said)) >= LEAST_WORDS and not NUMBERING.fullmatch(said)):
                found.append((quote, span))
    return found


def quote_at(marker: int, passage: Passage, start: int, end: int, spans: Sequence[Span] | None = None) -> Quote:
    """These characters of a passage with what belongs to them.

    Args:
        spans: of its sentences, where they are known.
    """
    text = passage.text
    before = [span for span in spans or sentences(text) if span[1] <= start and SAYS.search(text[slice(*span)])]
    if asked := question_before(text, before, start):
        return Quote(marker, passage, start, end, asked)
    since = pointed_to(text, before, start)
    return Quote(marker, passage, start, end, label_above(passage, since), since if since < start else None)


def question_before(text: str, before: Sequence[Span], behind: int) -> str:
    """The last of these sentences if it asks, with the one before it on its line where it asks of that ("How do I change it?");
    "" where it does not ask.

    Args:
        behind: where the next sentence begins.
    """
    if not before or not is_question(text, before[-1], behind):
        return ""
    start, end = before[-1]
    if REFERS.search(text[start:end]) and len(before) > 1 and "\n" not in text[before[-2][0] : start].lstrip():
        start = before[-2][0]
    return one_line(text[start:end])


def pointed_to(text: str, before: Sequence[Span], start: int) -> int:
    """Where the sentence begins to which the one that begins at `start` points back ("It can be ..."), in the same paragraph
    and not far; `start` where it points to none."""
    first = start
    for low, high in reversed(before):
        line = text[text.rfind("\n", 0, first) + 1 : first].strip()
        is_item = LISTED.match(text, first) or LISTED.fullmatch(line)
        stands_apart = is_item or "\n\n" in text[low:first] or not ENDS.search(text[low:high]) or ROW_CELLS in text[low:high]
        points = POINTS_BACK.match(text, first) or POINTS_TO_WAY.match(text, first)
        if stands_apart or not points or start - low > LONGEST_BEFORE:
            break
        first = low
    return first


def answer_of(text: str, spans: Sequence[tuple[int, int]], place: int) -> tuple[int, int]:
    """The span to quote for a sentence: itself, with the next one if it leads in or is taken back there, with the one before if
    it points there; what follows a question; nothing (an empty span) of a heading that tells nothing."""
    start, end = spans[place]
    if asks(text, spans, place):
        rest = spans[place + 1 :]
        if not rest or ASKS.search(text[slice(*rest[0])]):
            return end, end
        start, end = rest[0]
        if end - start < STANDS_ALONE and len(rest) > 1:
            end = rest[1][1]
        return start, end
    said = text[start:end]
    is_row = ROW_CELLS in said and not SYNOPSIS.search(said)
    if LEADS_IN.search(said) and len(words(said)) >= LEAST_LEAD and (led := led_to(text, spans, place)) > end:
        return start, led  # "To go back, issue the following command:" with that command
    if not (ENDS.search(said) or is_row or ITEM.match(said) or tells(said)):
        return end, end
    points = TO_BEFORE.match(said) or TAKES_BACK.match(said)
    if place and points and "\n\n" not in text[spans[place - 1][0] : start]:
        before = spans[place - 1][0]
        return (before, end) if end - before < LONGEST_QUOTED else (start, end)
    if place > 1 and ASKS.search(text[slice(*spans[place - 2])]) and start - spans[place - 1][0] < STANDS_ALONE:
        return spans[place - 1][0], end  # the short answer before it, to a question
    if (series := series_of(text, spans, place)) != (start, end):
        return series
    return term_of(text, start), led_to(text, spans, place)


def asks(text: str, spans: Sequence[Span], place: int) -> bool:
    """Whether a sentence is a question of the text: by its sign, or because what follows says that it is the answer."""
    behind = spans[place + 1 : place + 2]
    return is_question(text, spans[place], behind[0][0] if behind else len(text))


def is_question(text: str, span: Span, behind: int) -> bool:
    """The same of one sentence and where the next one begins."""
    said = text[slice(*span)]
    return bool(ASKS.search(said) or (IS_ANSWER.match(text, behind) and WORDED_AS_QUESTION.match(said)))


def series_of(text: str, spans: Sequence[Span], place: int) -> Span:
    """A clause with those before and behind it on its line, where semicolons part them and each tells an amount: what holds
    after one year (`满1年，年假5天；满10年，年假10天`) is false for whoever is in another case."""
    first = last = place
    while first and _is_case(text, spans[first - 1], spans[first]):
        first -= 1
    while last + 1 < len(spans) and _is_case(text, spans[last], spans[last + 1]):
        last += 1
    start, end = spans[first][0], spans[last][1]
    return (start, end) if end - start <= LONGEST_QUOTED else spans[place]


def _is_case(text: str, one: Span, other: Span) -> bool:
    """Whether the second of two clauses follows the first in a series of amounts."""
    ends = text[one[0] : one[1]].endswith(("；", ";")) and "\n" not in text[one[1] : other[0]]
    return ends and bool(figures(text[slice(*one)])) and bool(figures(text[slice(*other)]))


def tells(line: str) -> bool:
    """Whether a line without an end mark tells something: a name with its value, a number or code that is no heading's own."""
    return bool(VALUED.match(line) or (NUMBERED.search(line) and not CHAPTER.match(line)))


def led_to(text: str, spans: Sequence[tuple[int, int]], place: int) -> int:
    """Where to stop saying a sentence: behind what takes it back or comes of it, and behind what it, or a short lead-in next to
    it (`So:`), leads in to, a command and all lines right below it; at its own end where that is too long."""
    first, end = spans[place]
    listed = False  # whether what stands before belongs to what was led in to
    for low, high in spans[place + 1 :]:
        said, between = text[low:high], text[end:low]
        leads = bool(LEADS_IN.search(text[:end]))
        is_lead = len(said) <= SHORT_LEAD and LEADS_IN.search(said) and not LISTED.match(said)  # an item leads in by itself
        begins = is_lead and "\n\n" not in between and not listed
        goes_on = listed and "\n\n" not in between and not ENDS.search(text[first:end])
        comes_of_it = COMES_OF_IT.match(said) and "\n\n" not in between
        belongs = end == spans[place][1] and (TAKES_BACK.match(said) or comes_of_it)
        if high - first > LONGEST_QUOTED or not (leads or begins or goes_on or belongs):
            break
        listed, end = leads or goes_on, high
    return spans[place][1] if LEADS_IN.search(text[:end]) and end > spans[place][1] else end


def label_above(passage: Passage, start: int) -> str:
    """The label (see `label_of`) under which a sentence of a passage stands, where its title and headings do not say it."""
    label = label_of(passage.text, start)
    return "" if label in passage.title_line else label


def label_of(text: str, start: int) -> str:
    """The short line without an end mark that stands over the paragraph which holds `start`, directly or before a blank line;
    "" where there is none."""
    apart = False
    for line in reversed(text[: text.rfind("\n", 0, start) + 1].split("\n")[:-1]):
        label = line.strip()
        if LISTED.match(label) and LEADS_IN.search(label) and len(label) <= LONGEST_LABEL:  # "- 100-999:" over "- Users …"
            return LISTED.sub("", label, count=1).strip(" :：")
        if 0 < len(label) <= LONGEST_LABEL and not (ENDS.search(label) or LISTED.match(label) or ROW_CELLS in label):
            return label
        if label and apart:
            break
        apart = apart or not label
    return ""


def term_of(text: str, start: int) -> int:
    """Where the term begins that stands on the line before `start`, an option of a command or a line that is less indented, as
    manuals define them; `start` where there is none."""
    line = text.rfind("\n", 0, start) + 1
    before = text.rfind("\n", 0, max(0, line - 1)) + 1
    term = text[before : max(0, line - 1)]
    if text[line:start].strip() or not 0 < len(term.strip()) <= LONGEST_TERM or ENDS.search(term):
        return start
    indented = len(text[line:start].expandtabs()) > len(term.expandtabs()) - len(term.expandtabs().lstrip())
    return before + len(term) - len(term.lstrip()) if indented or OPTION.match(term.strip()) else start
