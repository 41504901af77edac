"""What a question says that matters to tables: its telling words, its numbers, and the cues of what is to be done with cells.

Cues are the same for both languages, so that what is learnt in one holds in the other. Knows nothing of tables.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

import rjieba

from service.tables.values import FIGURE, plain
from youju.text.folding import HAN, folded
from youju.text.language import HAN_CHARACTER, STOP_WORDS, query_words, simplified
from youju.text.quantities import ENGLISH_NUMBERS, UNIT, UNITS, number_form

_CUES = {
    "how_many": r"\bhow many\b|(?:\b(?:the|total|a|an|what|in)\s+|^)number of\b|\bcount\b|"
    r"多少[个家名人位种条项次所座]|几[个家名位种条项次所座]|数量|个数",
    "how_much": r"\bhow much\b|\bwhat (?:is|was|were|are) the\b|多少(?![个家名人位种条项次所座])",
    "total": r"\btotal\b|\bcombined\b|\baltogether\b|\btaken together\b|\bsum\b|\bin all\b|\boverall\b|\bover all\b|"
    r"\ball (?:two|three|four|five|six|\d+)\b|"
    r"合计|总共|一共|总和|之和|总计|加起来|总",
    "average": r"\baverage\b|\bmean\b|平均|均值",
    "most": r"\b(?:(?<!at )most(?! recent)|highest|largest|greatest|biggest|maximum|max|longest|tallest|heaviest|oldest|"
    r"fastest|best|top|higher|larger|greater|longer|bigger|older|farthest|strongest|hottest|warmest)\b|"
    r"\bmore\b(?! than)|最[多高大长重贵快久好热]|更[多高大长]",
    "least": r"\b(?:(?<!at )least|fewest|lowest|smallest|minimum|min|shortest|lightest|youngest|slowest|worst|cheapest|lower|"
    r"smaller|fewer|shorter|less|weakest|coldest|coolest)\b|最[少低小短轻便慢冷]|更[少低小短]",
    "difference": r"\bdifferen(?:ce|t)\b|\bhow (?:many|much) (?:more|less|fewer|longer|higher|lower|older|greater)\b|\bgap\b|"
    r"相差|差(?:多少|值|距|额)|[多高少低大]多少|多几|之差",
    "change": r"\bchange[ds]?\b|\bincreased?\b|\bdecreased?\b|\bgr(?:ow|ew|own|owth)\b|\bris(?:e|en)\b|\brose\b|\bdeclin\w+|"
    r"变化|变动|增长|增加|减少|下降|上升|涨|降",
    "percent": r"\bpercent(?:age)?s?\b|%|\bproportion\b|\bshare of\b|\bgrowth rate\b|百分|比例|占比|比重|幅度|增长率|增幅|占",
    "proportion": r"\bproportion\b",
    "ratio": r"\bratio\b|\btimes\b|倍|比值|之比",
    "first": r"\bfirst\b|\btop\b|\bearliest\b|\binitial\b|\bstart\w*|\bbegin\w*|\bbegan\b|\boldest\b|"
    r"最早|最先|首[个次位先]|第一",
    "last": r"\blast\b(?! (?:year|quarter|month|week|night|time)\b)|\blatest\b|\bfinal\b|\bmost recent\b|\bend\w*\b|\bbottom\b|"
    r"最后|最近|最新|最晚|末",
    "next": r"\bafter\b|\bnext\b|\bfollow(?:s|ing|ed)?\b|\bbelow\b|之后|以后|下一|后面|随后",
    "previous": r"\bbefore\b|\bprevious(?:ly)?\b|\bprior\b|\babove\b|\bpreced\w+|之前|以前|上一|前面",
    "more_than": r"\b(?:more|greater|higher|larger|longer|taller|older|better|bigger) than\b|\bover\b|\babove\b|\bexceed\w*|"
    r"\bat least\b|\bor more\b|超过|以上|高于|大于|多于|不低于|不少于|至少|超出",
    "less_than": r"\b(?:less|fewer|lower|smaller|shorter|worse) than\b|\bunder\b|\bbelow\b|\bat most\b|\bor (?:less|fewer)\b|"
    r"以下|低于|小于|少于|不超过|不高于|不足|不到",
    "since": r"\bsince\b|\bafter\b|\bfrom\b|自从|之后|以后|以来|起",
    "until": r"\buntil\b|\bbefore\b|\bprior to\b|之前|以前|为止",
    "between": r"\bbetween\b|\bfrom\b.+\bto\b|到|至|之间",
    "who": r"\bwho\b|\bwhose\b|\bwhom\b|谁|哪位|什么人",
    "when": r"\bwhen\b|\bwhat (?:year|date|day|month|time|season)\b|"
    r"\bwhich (?:fiscal |financial )?(?:years?|date|month|season)\b|何时|什么时候|哪[一]?[年月天日]|几月|哪几年|哪些年|年份",
    "where": r"\bwhere\b|\b(?:what|which) (?:city|country|place|location|venue|state|town)\b|"
    r"哪里|何处|在哪|哪个(?:城市|国家|地方|省)",
    "which": r"\bwhich\b|\bwhat (?!is\b|was\b|are\b|were\b|did\b|does\b)|哪个|哪一|哪家|哪种|哪些|哪",
    "left": r"\bleft\b|\bremain(?:s|ed|ing|der)?\b|\bunspent\b|\bunused\b|\bstill (?:have|available|to spend)\b|"
    r"剩|还有多少|结余|余额|余量",
    "long": r"\bhow long\b|多久|多长",
    "list": r"\blist\b|\bwhat are\b|\bwhat were\b|\brespective(?:ly)?\b|\bname (?:all|the|each)\b|"
    r"\bwhich \w+s (?:are|were|have|had)\b|哪些|列出|分别|有哪|各",
    "or": r"\bor\b|还是|或者",
    "and": r"\band\b|和|与|及|、",
    "than": r"\bthan\b|比",
    "same": r"\bsame\b|\bequal\b|\balso\b|相同|一样|同样",
    "other": r"\bother than\b|\bbesides\b|\bnot including\b|\bexcluding\b|\bexcept\b|除了|除[^法]|以外",
    "unique": r"\bdifferent\b|\bunique\b|\bdistinct\b|不同|多少种|几种",
    "only": r"\bonly\b|\bexactly\b|\bjust\b|只有|仅|恰好",
    "consecutive": r"\bconsecutive\b|\bin a row\b|连续",
    "times": r"\bhow many times\b|\bnumber of times\b|多少次|几次|次数",
    "per": r"\bper\b|\beach\b|\bevery\b|每",
    "whether": r"^\s*(?:is|are|was|were|did|does|do|has|have|had|can|could)\b|是否|是不是|有没有|吗[？?]?$",
    "not": r"\bnot\b|\bnever\b|\bno\b|n't\b|没有|不是|未",
}
CUES = {name: re.compile(pattern, re.IGNORECASE) for name, pattern in _CUES.items()}
HEAD = re.compile(
    r"\b(?:which|what|whose|how many|how much|list(?: all)?(?: of)?(?: the)?|name (?:all|each|every|the|a|of the)|number of|"
    r"total number of|in what|in which)\s+((?:(?!of|is|was|are|were|did|does|do|had|has|have|in|that|which)[\w'-]+\s*){1,3})|"
    rf"(?:哪[一]?[个些家种位座所项]?|什么|几[个名位家种]|多少[个名位家种]?)([{HAN}]{{1,6}})",
    re.IGNORECASE,
)
ANY_YEAR = re.compile(r"(?<![\d.,])(?:19|20)\d\d(?![\d.,]*\d)")
PERIOD = re.compile(r"(?:19|20)\d\d年?\s*(?:[-–—~至到]|to\b|through\b|until\b)\s*(?:19|20)\d\d", re.IGNORECASE)
SEASON = re.compile(r"(?<!\d)((?:19|20)\d\d) ?[-–/](?:\d\d)(?!\d)")  # the 75 of 1974-75 is no number of its own
LONGEST_PERIOD = 30  # years
JOINING = re.compile("[是的了吗呢]|多少|哪")
ORDINALS = {
    word: float(number) for number, word in enumerate("second third fourth fifth sixth seventh eighth ninth tenth".split(), 2)
}
ORDINALS_ZH = {character: number for number, character in enumerate("二三四五六七八九十", 2)}
ORDINAL_ZH = re.compile(f"第([{''.join(ORDINALS_ZH)}])(?=[名位次批档])")  # not a quarter or a chapter: these are names
FEWEST = 2  # characters of a Chinese word that tells something
# What asks for a computation tells nothing of the row or column.
ASKING = frozenset(
    query_words(
        "how many much total number difference between average highest lowest most least list name tell "
        "give show percentage percent change amount value many first last more less than compare "
        "respectively year years table figure get find there were what's provide state describe sum "
        "ratio mean greater higher lower increase decrease question document file report according "
        "please know want let see could 多少 几个 总共 平均 最高 最低 最多 最少 "
        "相差 差 比 哪年 哪一年 列出 分别 表 表格 是多少 数量 数字 查 查询 "
        "告诉 请问 根据 文件 all 所有 全部 总和 之和 合计 总计 一共 总共 几种 几个 哪种 "
    )
)


@dataclass(frozen=True)
class Asked:
    """A question as tables see it. `telling` are its words that name something, without those that ask for a computation;
    `numbers` are those in figures or as English words; `head` the words that say what kind of thing is asked for; `units` are
    those of numbers that have one."""

    text: str
    plain: str
    words: frozenset[str]
    telling: tuple[str, ...]
    numbers: tuple[float, ...]
    head: frozenset[str]
    cues: frozenset[str]
    period: frozenset[str]
    units: dict[float, str]


@functools.lru_cache(maxsize=1024)
def asked(question: str) -> Asked:
    flat = plain(question)
    head = {word for match in HEAD.finditer(question) for word in query_words(match[1] or match[2] or "")}
    return Asked(
        question, flat, frozenset(query_words(question)), tuple(_telling(question)), tuple(_numbers(question)),
        frozenset(head), frozenset(name for name, pattern in CUES.items() if pattern.search(question)), _period(question),
        _units(question),
    )  # fmt: skip


def _units(question: str) -> dict[float, str]:
    flat = folded(question).lower()
    found = {}
    for match in FIGURE.finditer(flat):
        if match.group()[0] != "." and (unit := UNIT.match(flat, match.end())):
            found[float(number_form(match.group()).replace(",", "").lstrip("'’"))] = UNITS[unit["other"] or unit["latin"]]
    return found


def _period(question: str) -> frozenset[str]:
    """The years from the first to the last one of a question that names a stretch of time; else those that it names."""
    flat = folded(question)
    named = [int(year) for year in ANY_YEAR.findall(flat)]
    if len(named) == 2 and PERIOD.search(flat) and 0 < max(named) - min(named) <= LONGEST_PERIOD:
        return frozenset(map(str, range(min(named), max(named) + 1)))
    return frozenset(map(str, named))


def _telling(question: str) -> list[str]:
    """Each word once: English ones stemmed, Chinese ones as the dictionary cuts them, not their bigrams."""
    found: list[str] = []
    for part in re.findall(rf"[{HAN}]+|[^{HAN}]+", simplified(folded(question).lower())):
        if HAN_CHARACTER.match(part):
            found += [
                word
                for run in JOINING.split(part)
                for word in rjieba.cut(run)
                if len(word) >= FEWEST and word not in STOP_WORDS
            ]
        else:
            found += query_words(part)
    return [word for word in dict.fromkeys(found) if word not in ASKING]


def _numbers(question: str) -> list[float]:
    flat = folded(question).lower()
    flat = SEASON.sub(r"\1", flat)
    found = [float(number_form(match).replace(",", "").lstrip("'’")) for match in FIGURE.findall(flat) if match[0] != "."]
    found += [float(ENGLISH_NUMBERS[word]) for word in re.findall(r"[a-z]+", flat) if word in ENGLISH_NUMBERS and word != "one"]
    found += [ORDINALS[word] for word in re.findall(r"[a-z]+", flat) if word in ORDINALS]
    found += [float(ORDINALS_ZH[match]) for match in ORDINAL_ZH.findall(flat)]
    return list(dict.fromkeys(found))


def occurs(needle: str, hay: str) -> bool:
    """Whether one plain text stands in another, whole words only; inside Chinese text anywhere. Nothing stands nowhere."""
    start = hay.find(needle) if needle else -1
    while start >= 0:
        end = start + len(needle)
        before, behind = hay[start - 1 : start], hay[end : end + 1]
        if (before in ("", " ") or HAN_CHARACTER.match(needle[0])) and (behind in ("", " ") or HAN_CHARACTER.match(needle[-1])):
            return True
        start = hay.find(needle, start + 1)
    return False
