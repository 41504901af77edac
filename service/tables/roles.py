"""What part a number, a name or a superlative plays in a question, told by the words beside it: a bound, what something comes
after, what is left out, what is compared by. Reads `Asked.plain`; knows nothing of tables.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import Literal

from youju.text.folding import HAN
from youju.text.quantities import ENGLISH_NUMBERS

Sign = Literal[">", ">=", "<", "<=", ".."]
Role = Literal["next", "previous", "except", "than", "or", "not"]

_WORDS = "|".join(["once", "twice", *ENGLISH_NUMBERS])
_NUMBER = rf"(?P<number>\d+(?:\.\d+)?|\b(?:{_WORDS})\b)"
_FILL = r"(?:(?:the|a|an|year|years|season|age|of|in|his|her|their|its|number|rank|about|another|is|was|are|were)\s){0,3}"
_BEFORE: tuple[tuple[Sign, str, bool], ...] = (
    (">=", r"\b(?:no|not) (?:less|fewer|lower|smaller|under)(?: than)?|\bat least|\bminimum of", False),
    ("<=", r"\b(?:no|not) (?:more|greater|higher|larger|over|above)(?: than)?|\bat most|\bmaximum of", False),
    (">", r"(?<!no )(?<!not )\b(?:more|greater|higher|larger|longer|bigger|older|taller|heavier|farther|further|later|faster|"
          r"better) than|\bover|\babove|\bexceed(?:s|ed|ing)?|\bin excess of|\bbeyond|\bsurpass(?:es|ed|ing)?", False),
    ("<", r"(?<!no )(?<!not )\b(?:less|fewer|lower|smaller|shorter|younger|lighter|earlier|slower|worse) than|\bunder|\bbelow|"
          r"\bbeneath", False),
    (">", r"\bafter", True), (">=", r"\bsince", True), ("<", r"\bbefore|\bprior to", True), ("<=", r"\buntil|\bby", True),
    (">=", "不低于|不少于|不小于|至少|最少|起码", False), ("<=", "不超过|不高于|不多于|不大于|至多|最多", False),
    (">", "(?<!不)(?:超过|高于|大于|多于|超出|长于|重于|晚于)", False),
    ("<", "(?<!不)(?:低于|小于|少于|短于|轻于|早于)|不足|不到|未满", False),
)  # fmt: skip
_BEHIND: tuple[tuple[Sign, str, bool], ...] = (
    (">=", r"(?:\w+ ){0,3}?(?:or|and) (?:more|higher|above|over|greater|later|older|longer|better|larger|up|after)\b", False),
    ("<=", r"(?:\w+ ){0,3}?(?:or|and) (?:less|fewer|lower|below|under|smaller|younger|earlier|shorter|before)\b", False),
    (">=", f"[{HAN}]{{0,4}}?(?:及以上|以上)", False), ("<=", f"[{HAN}]{{0,4}}?(?:及以下|以下|以内)", False),
    (">", r"年?(?:之后|以后)", True), ("<", r"年?(?:之前|以前)", True), (">=", "年?(?:以来|起|开始)", True),
)  # fmt: skip
_PERIOD = re.compile(
    rf"\b(?:between|from) (?:the )?(?:years? )?{_NUMBER}(?: \w+)? (?:and|to|through|until) (?:the )?(?:year )?"
    rf"{_NUMBER.replace('number', 'last')}|"
    rf"{_NUMBER.replace('number', 'first')} ?[{HAN}]{{0,4}}?(?:到|至|和|与)(?:了)? ?{_NUMBER.replace('number', 'end')} ?"
    rf"[{HAN}]{{0,4}}?(?:之间|期间|间)"
)
_DECADE = re.compile(r"\b(?P<decade>1[4-9]\d0|20\d0) ?(?:s\b|年代)")
_NEXT = r"(?:(?:right|immediately|directly|just) )?(?:after|following|followed|below|next to|succeeded|behind)"
_PREVIOUS = r"(?:(?:right|immediately|directly|just) )?(?:before|above|prior to|preceding|previous to|preceded|ahead of)"
_NAME_FILL = r"(?: (?:the|a|an|of|in|by|year|was|is|for|to|on|at|did|has|had|he|she|it|they|playing|winning|released)){0,4}$"
_PLACES: tuple[tuple[Role, str, str], ...] = (
    ("next", rf"\b{_NEXT}{_NAME_FILL}", "^ ?(?:之后|以后|后面|下面|的?下一|的?后一)"),
    ("previous", rf"\b{_PREVIOUS}{_NAME_FILL}", "^ ?(?:之前|以前|前面|上面|的?上一|的?前一)"),
    ("except", rf"\b(?:besides|other than|except|except for|aside from|apart from|excluding|not including|not counting)"
               rf"{_NAME_FILL}|除了?$", "^ ?(?:以外|之外)"),
    ("than", rf"\bthan{_NAME_FILL}|[比较]$", r"(?!)"),
    ("or", r"\bor(?: the| a| an| in)?$|(?:还是|或者?)$", r"^(?: \w+){0,2} or\b|^ ?(?:还是|或)"),
    ("not", r"(?:\bnot|\bnever|\bn t|\bisn t|\bwithout)(?: \w+){0,2}$|(?:不是|不属于|不在|没有|非)$", r"(?!)"),
)  # fmt: skip
_ROLES = {name: (re.compile(before), re.compile(behind)) for name, before, behind in _PLACES}
HINTS: dict[str, str] = {
    "length": r"length|\blong\b|distance|duration|\btime\b|runtime|mileage|\bkm\b|长|时长|距离|时间",
    "age": r"\bage\b|年龄|岁",
    "height": r"height|elevation|altitude|tall|高度|海拔|身高",
    "weight": r"weight|mass|\bkg\b|\b(?:body)?wt\b|重",
    "price": r"price|cost|fee|rate|amount|charge|rent|价|费|金额|租金",
    "speed": r"speed|mph|速度|时速",
    "power": r"power|\b(?:hp|bhp|kw)\b|功率|马力",
    "warmth": r"\btemp|气温|温度",
    "size": r"area|population|size|capacity|volume|面积|人口|规模|容量|大小",
    "place": r"\bcity\b|country|location|venue|\bplace\b|\bsite\b|state|province|town|region|address|hometown|stadium|"
    r"城市|国家|地[点址区]|场所|省|位置",
    "person": r"name\b|player|driver|winner|\bby\b|director|author|candidate|athlete|person|manager|coach|artist|performer|"
    r"姓名|名字|人员|负责人|经理|作者|导演|选手|联系人",
    "rank": r"^(?:rank|pos|position|place|no|#|ranking|standing|seed)\b|名次|排名|序号|位次",
}
ASKS: dict[str, str] = {
    "length": r"\bhow (?:long|far)\b|多长|多久|多远",
    "age": r"\bhow old\b|多大年纪|多少岁|几岁",
    "height": r"\bhow (?:tall|high)\b|多高|身高",
    "weight": r"\bhow heavy\b|\bhow much (?:do|does|did) .+ weigh\b|多重",
    "price": r"\bhow (?:expensive|cheap)\b|\bcosts?\b|\bpaid?\b|多少钱|价钱|什么价|售价",
    "speed": r"\bhow fast\b|多快",
    "power": r"\bhow powerful\b|多大功率|多少马力",
    "warmth": r"\bhow (?:hot|warm|cold)\b|多热|多冷",
    "size": r"\bhow (?:big|large)\b|\bhow many people\b|多大(?!年)|多少人",
    "rank": r"\bwhat (?:place|position|rank)\b|\bhow (?:high|well) did\b|第几|排名",
    "date": r"\bwhen\b|\b(?:what|which) (?:year|date|day|month)\b|何时|什么时候|哪[一]?[年天日]|几月",
    "place": r"\bwhere\b|\b(?:what|which) (?:city|country|place|location|venue|state|town)\b|哪里|何处|在哪",
    "person": r"\bwho\b|\bwhom\b|\bwhose\b|谁|哪位",
}
"""What kind of column a question asks for, by the words that ask (`HINTS`)."""
# Word -> the way it points along numbers, and the kinds of columns that it means where it names none. `date` is one of days.
_MEANS: dict[str, tuple[int, tuple[str, ...]]] = {
    **dict.fromkeys(("longest", "longer", "最长", "更长", "最久"), (1, ("length",))),
    **dict.fromkeys(("shortest", "shorter", "最短", "更短"), (-1, ("length", "height"))),
    **dict.fromkeys(("oldest", "older", "最老", "年纪最大", "年龄最大"), (1, ("age", "-date"))),
    **dict.fromkeys(("youngest", "younger", "最年轻", "年纪最小", "年龄最小"), (-1, ("age", "-date"))),
    **dict.fromkeys(("newest", "newer", "latest", "most recent", "most recently", "最新", "最近", "最晚"), (1, ("date",))),
    **dict.fromkeys(("earliest", "earlier", "最早", "最先"), (-1, ("date",))),
    **dict.fromkeys(("tallest", "taller", "最高", "更高"), (1, ("height",))),
    **dict.fromkeys(("heaviest", "heavier", "最重", "更重"), (1, ("weight",))),
    **dict.fromkeys(("lightest", "lighter", "最轻", "更轻"), (-1, ("weight",))),
    **dict.fromkeys(("cheapest", "cheaper", "least expensive", "less expensive", "最便宜", "更便宜"), (-1, ("price",))),
    **dict.fromkeys(("dearest", "most expensive", "costliest", "more expensive", "最贵", "更贵"), (1, ("price",))),
    **dict.fromkeys(("fastest", "faster", "最快", "更快"), (1, ("speed", "-length"))),
    **dict.fromkeys(("slowest", "slower", "最慢", "更慢"), (-1, ("speed", "-length"))),
    **dict.fromkeys(("most powerful", "more powerful", "strongest"), (1, ("power",))),
    **dict.fromkeys(("least powerful", "less powerful", "weakest"), (-1, ("power",))),
    **dict.fromkeys(("hottest", "warmest", "hotter", "warmer", "最热", "更热"), (1, ("warmth",))),
    **dict.fromkeys(("coldest", "coolest", "colder", "cooler", "最冷", "更冷"), (-1, ("warmth",))),
    **dict.fromkeys(("largest", "biggest", "larger", "bigger", "最大", "更大"), (1, ("size",))),
    **dict.fromkeys(("smallest", "smaller", "最小", "更小"), (-1, ("size",))),
    **dict.fromkeys(("best",), (1, ("-rank",))), **dict.fromkeys(("worst",), (-1, ("-rank",))),
    **dict.fromkeys(("most", "highest", "greatest", "maximum", "higher", "greater", "top", "最多", "更多"), (1, ())),
    **dict.fromkeys(("least", "fewest", "lowest", "minimum", "lower", "fewer", "最少", "更少", "最低", "更低"), (-1, ())),
    "more": (1, ()), "less": (-1, ()),
}  # fmt: skip
_SUPERLATIVE = re.compile(
    "|".join(
        rf"\b{word}\b(?! than \d)(?! or (?:more|less))" if word.isascii() else word
        for word in sorted(_MEANS, key=lambda word: (-len(word), word))
    )
)
_MORE, _LESS = "多高大长重贵快", "少低小短轻慢"
_COMPARED = re.compile(f"比(?P<beside>[^，。？]*?)(?P<word>[{_MORE}{_LESS}])(?![{_LESS}个次])")
PREPOSITIONS = frozenset("of in at on by for from to among within between during per and or".split())
BESIDE = 3  # words behind a superlative, or characters before a Chinese one, that may name what it goes by


@dataclass(frozen=True, slots=True)
class Bound:
    """A number as a bound: `last` is the other end of `..`. `of_years` if the words beside it suit years only."""

    sign: Sign
    number: float
    last: float = 0.0
    of_years: bool = False

    def holds(self, value: float) -> bool:
        match self.sign:
            case ">":
                return value > self.number
            case ">=":
                return value >= self.number
            case "<":
                return value < self.number
            case "<=":
                return value <= self.number
        return self.number <= value <= self.last


@dataclass(frozen=True, slots=True)
class Superlative:
    """`way` is 1 for the most, -1 for the least; `kinds` of columns that it means by itself (`-date`: the other way round);
    `beside` the words that may name the column."""

    word: str
    way: int
    kinds: tuple[str, ...]
    beside: str


def _value(text: str) -> float:
    return {"once": 1.0, "twice": 2.0}.get(text) or float(ENGLISH_NUMBERS.get(text, text))


@functools.lru_cache(maxsize=1024)
def bounds(question: str) -> tuple[Bound, ...]:
    """The bounds that a question (`Asked.plain`) sets, in its order; none for the same number twice."""
    found: dict[float, tuple[int, Bound]] = {}
    for match in _PERIOD.finditer(question):
        low, high = sorted(_value(text) for name, text in match.groupdict().items() if text)
        found[low] = found[high] = (match.start(), Bound("..", low, high))
    for match in _DECADE.finditer(question):
        first = float(match["decade"])
        found.setdefault(first, (match.start(), Bound("..", first, first + 9)))
    for sign, words, of_years in _BEHIND:
        for match in re.finditer(rf"{_NUMBER} ?{words}", question):
            _keep(found, match, sign, of_years)
    for sign, words, of_years in _BEFORE:
        for match in re.finditer(rf"(?:{words})\s?{_FILL}{_NUMBER}", question):
            _keep(found, match, sign, of_years)
    return tuple(dict.fromkeys(bound for _, bound in sorted(found.values(), key=lambda one: one[0])))


def _keep(found: dict[float, tuple[int, Bound]], match: re.Match[str], sign: Sign, of_years: bool) -> None:
    number = _value(match["number"])
    if not of_years or 1000 <= number <= 2200:
        found.setdefault(number, (match.start(), Bound(sign, number, 0.0, of_years)))


@functools.lru_cache(maxsize=8192)
def roles(question: str, name: str) -> frozenset[Role]:
    """The parts that a name plays where it stands in a question, both plain."""
    at = question.find(name) if name else -1
    if at < 0:
        return frozenset()
    before, behind = question[:at].rstrip(), question[at + len(name) :]
    return frozenset(role for role, (first, last) in _ROLES.items() if first.search(before) or last.search(behind))


LEADING = re.compile(
    rf"\b(?P<end>first|top|last|bottom) {_NUMBER}\b(?! (?:half|time))|"
    rf"(?P<han>前|最后|末|后) ?(?P<count>\d+|[一二两三四五六七八九十])[{HAN}]?"
)
HAN_NUMBERS = {sign: number for number, sign in enumerate("一二三四五六七八九十", 1)} | {"两": 2}


@functools.lru_cache(maxsize=1024)
def leading(question: str) -> int | None:
    """How many rows from the beginning a question means (`first three`); from the end below 0."""
    match = LEADING.search(question)
    if not match:
        return None
    text = match["number"] or match["count"]
    count = int(HAN_NUMBERS.get(text) or _value(text))
    return -count if (match["end"] or match["han"]) in ("last", "bottom", "最后", "末", "后") else count


def _beside(before: str, behind: str) -> str:
    """The words behind a superlative; where nothing is named behind it (`sleeps the longest`, `costs most in May`), the one
    before it."""
    words = behind.split()[:BESIDE]
    if words and words[0] not in PREPOSITIONS:
        return " ".join(words)
    named = [word for word in before.split() if word not in ("the", "is", "was", "are", "were")]
    return named[-1] if len(named) > 2 else " ".join(words)


@functools.lru_cache(maxsize=1024)
def superlatives(question: str) -> tuple[Superlative, ...]:
    found = []
    for match in _SUPERLATIVE.finditer(question):
        way, kinds = _MEANS[match.group()]
        if match.group().isascii():
            beside = _beside(question[: match.start()], question[match.end() :])
        else:
            beside = re.sub(r"[哪个谁的是里中]", " ", question[max(0, match.start() - 8) : match.start()]).strip()
        found.append(Superlative(match.group(), way, kinds, beside))
    found += [
        Superlative(match["word"], 1 if match["word"] in _MORE else -1, (), match["beside"])
        for match in _COMPARED.finditer(question)
    ]
    return tuple(found)
