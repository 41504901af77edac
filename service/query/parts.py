"""A question that asks several things -> the questions that it consists of, each so that it stands on its own.

A wrong split is worse than none: a question is split only where each part is a question again that says what it is about, or
points back to what is plain. What is told before the first question ("I am having surgery.") belongs to each part.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import rjieba

from youju.text.language import detect_language, query_words, sentences, simplified

MOST_PARTS = 3
LEAST_WORDS = 3  # of an English part
LEAST_TOLD = 6  # Chinese characters of what is told before a question
LEAST_CONTENT = 2  # words of a part that say what it is about, where nothing points back
AUXILIARY = r"(?:is|are|was|were|do|does|did|can|could|may|must|should|will|would|has|have|had)"
WH = r"(?:what|which|who|whom|whose|when|where|whereabouts|why|how)"
PREPOSITION = r"(?:(?:from|until|by|for|to|up to|at|in|on|with|within|under|after)\s+)?"
BEGINNING = re.compile(
    rf"{PREPOSITION}{WH}\b.*?\b{AUXILIARY}\b|{AUXILIARY}\b|(?:what|who|which|how much|how many)\b", re.IGNORECASE
)
# The end of a question, or "and", in front of what begins as a question does.
SUBJECT_BEGINS = r"(?:it|they|he|she|the|an?|i|we|you|there|this|that|my|our|your|his|her|its|their)"
DOES = r"(?:who|what)\s+(?:if|happens|pays|gets|has|[a-z]{2,}(?<!s)s|[a-z]{2,}ed)\b"  # the verb of what is asked for
AS_A_QUESTION = rf"(?:{PREPOSITION}{WH}\s+(?:[\w'’-]+\s+){{0,3}}?{AUXILIARY}\b|{DOES}|{AUXILIARY}\s+{SUBJECT_BEGINS}\b)"
LISTED = r"(?=[^,?]*,\s+(?:and|but)\b)"  # behind it another part follows: else "which" and "who" may tell of what stands before
SEAM = re.compile(
    rf"\?\s+(?:(?:and|also|then|but|or)\s+)?(?={PREPOSITION}{WH}\b|{AUXILIARY}\b)|"
    rf",?\s+(?:and|but)\s+(?:also\s+|then\s+|if so,?\s+)?(?={AS_A_QUESTION})|"
    rf",\s+(?={PREPOSITION}{WH}\s+(?:[\w'’-]+\s+){{0,3}}?{AUXILIARY}\b|{DOES}){LISTED}|"
    r",\s+(?:and|but)\s+(?=(?:is|are|was|were|does|do|did|can|will)\s+[a-z]+\s+[a-z]+)",
    re.IGNORECASE,
)
BETWEEN = re.compile(r"\b(?:between|differ\w*|compar\w*|whether)\b", re.IGNORECASE)  # what "and" joins may be its sides
# What stands in front of the first question in its sentence: "If I lose my card, what ...", "In the spring term, when ...".
CLAUSE = re.compile(
    rf"^(?!{PREPOSITION}(?:{WH}\s+(?:[\w'’-]+\s+){{0,2}}?{AUXILIARY}|{AUXILIARY}|how|what|which)\b)[^?]*?[,:]\s+(?:(?:so|and|but|then)\s+)?"
    rf"(?={AS_A_QUESTION}|{PREPOSITION}{WH}\b|{AUXILIARY}\s+{SUBJECT_BEGINS}\b)"
    r"(?!(?:who|whom|which|whose)\b[^,?]*,\s+(?!and\b|but\b))",  # a clause that tells of what stands before
    re.IGNORECASE,
)
# Where it says only where to look, it is nothing that a part could point back to.
FRONTED = re.compile(
    r"^(?:in|at|for|on|under|by|with|during|from|looking|according|regarding|concerning|about)\b[^.]*[,:]$", re.IGNORECASE
)
# What is asked for stands inside another sentence.
INDIRECT = re.compile(
    r"^\W*(?:(?:can|could|would|will) you (?:please )?(?:tell|explain|say|describe|show|give|find|list|help)|do you know|"
    r"tell me|explain|describe|please|list|name|give|show|i wonder|i want to know|i would|i'd)\b",
    re.IGNORECASE,
)
PRONOUN = re.compile(r"\b(?:it|they|them|its|their)\b", re.IGNORECASE)
POINTER = re.compile(
    r"\b(?:it|its|they|them|their|he|him|his|she|her|this|that|these|those|one|ones|own|so|then|there|same|other)\b",
    re.IGNORECASE,
)
RELATIVE = re.compile(r"\b(?:that|which|who|whose|whom)\b", re.IGNORECASE)
BY_ITSELF = re.compile(r"\b(?:by|of) (?:it|them)sel(?:f|ves)\b", re.IGNORECASE)
# "When does the Kestrel agreement end", "How long is the trial period": what they speak of is plain.
ASKED = rf"(?i:{WH}(?: \w+)? )?"
SUBJECTS = (
    re.compile(
        rf"{ASKED}(?i:do|does|did|will|can|must|should|may) "
        r"(?P<subject>(?i:the|our|my|your|this|that|an?) (?:[\w'’-]+ ){1,4}|(?:[A-Z][\w'’-]* ){1,4})[a-z]+"
    ),
    re.compile(
        r"(?i:what|how \w+) (?i:is|are|was|were) (?P<subject>(?i:the|our|my|your|this|that) (?:[\w'’-]+ ){0,3}[\w'’-]+)"
    ),
    re.compile(
        rf"{ASKED}(?i:is|are|was|were|has|have) "
        r"(?P<subject>(?i:the|our|my|your|this|that) (?:[\w'’-]+ ){1,3}?)(?:been )?[a-z]+"
    ),
    re.compile(
        r"(?i:who|which [a-z]+) [a-z]+(?:ed|s|te|de|ve) (?P<subject>(?i:the|our|my|your|this|that) (?:[\w'’-]+ ){0,3}[\w'’-]+)"
    ),
)

ASKING = (
    r"什么|啥|咋|多少|(?<![好这那前没近])几(?=[个天年月日号点次回种位人份条项台块度件张分层页章升斤米岁元瓶箱套间])(?![天年日月]就)|谁|哪|怎么|怎样|如何|为何|(?<![很许好最差不更])多[久长大重高远厚宽深快贵晚早]|何时|何地|吗|是否|能否|可否|"
    r"是不是|有没有|能不能|会不会|要不要|需不需要|可不可以|"
    + "|".join(f"{sign}不(?={sign})" for sign in "行用对好够算给该收管让包退赔报")
    + r"|(?<=[\u4e00-\u9fff])(?:[不没]|(?<![这那])么)$"
)
# Not "whatever" and "anybody": 什么都没有, 谁也不在; nor "not much": 不怎么改的东西.
CHINESE_ASKS = re.compile(rf"(?<![不没])(?:{ASKING})(?!(?:[^，,。？?]{{0,2}})[都也])")
CHINESE_SEAM = re.compile(
    r"[？?]\s*(?=\S)|[，,；;]\s*(?:(?:以及|还有|并且|而且|另外|同时|那么?(?![边些个里种样会块次天时儿]))\s*)?(?=\S)"
)
CHINESE_CONDITION = re.compile(r"如果|假如|要是|的话|之?后[，,]|时[，,]|的时候|只要|除非|万一|关于|对于|请问|比如|例如")
CHINESE_POINTER = re.compile(
    r"它们?|其(?!他|它|中|实)|他们?|她们?|这(?:个|种|样|份)?|那(?:个|种|样|份)?(?![边些里会块次天时儿])|该(?!如何|怎)|此"
)
# What the first part speaks of stands in front of what it asks.
CHINESE_SUBJECT = re.compile(
    r"(?P<subject>[^，,。？?]{2,20}?)"
    rf"(?:的(?=.{{0,6}}(?:{ASKING}))|(?=(?:在|是|有|要|由|到底|一般|大概|最晚|最多|一共|会|能|可以|应该)?(?:{ASKING})))"
)
# Asks no more than the clause before it does: `又没更新，原因是啥`.
CHINESE_REASON = re.compile(
    r"(?:这|那|到底|具体|究竟)?(?:是)?(?:原因|理由|依据|为什么|为啥|为何|凭什么|怎么回事|咋回事)(?:是|在|有)?(?:什么|啥|哪些?|哪里)?(?:呢|啊)?"
)
# Asks only how much, or how many, of what the clause before it picks out: `哪个部门最高，是多少钱`.
CHINESE_AMOUNT = re.compile(
    r"(?:各自?|分别|又|那|一?共|总共|合计|大概|大约|最后){0,2}[是要有花得占达高用收值排为跑到涨降]{0,3}[了到]?(?:多少|百分之几)"
    r"(?:[元块钱万人名个度次岁分秒斤克吨米%]|毫[克升秒米]|千[克米]|公[斤里]|分钟|小时){0,2}"
)
CHINESE_PICKS = re.compile(r"最|第[一二三]|[哪谁](?![里儿])")
CHINESE_HOW = re.compile(r"怎么|怎样|如何|[吗么]$|哪[里儿]")
VAGUE = frozenset("要 找 是 有 在 的 了 会 能 大约 大概 一般 一共 到底 最多 最少 最晚 需要 可以 应该 给 用 做 去 来".split())
LACKS_SUBJECT = ("v", "d", "p", "c", "r", "m")  # jieba's tags of what a clause without one begins with


def _named(subject: str) -> str:
    """What a beginning speaks of, without the verb and the adverbs in front of what is asked (`SolidFlex 最多能凑`)."""
    tagged = rjieba.tag(subject)
    while tagged and (
        tagged[-1][0] in VAGUE or tagged[-1][1].startswith("d") or (tagged[-1][1] == "v" and len(tagged[-1][0]) == 1)
    ):
        tagged.pop()
    return "".join(word for word, _ in tagged)


def split_parts(question: str) -> tuple[str, ...]:
    """The questions that it consists of; itself, if that is one or nothing is certain."""
    parts = _chinese(question) if detect_language(question) == "zh" else _english(question)
    return tuple(parts) if 1 < len(parts) <= MOST_PARTS else (question,)


def _english(question: str) -> list[str]:
    told, text = _told(" ".join(question.split()))
    if clause := CLAUSE.match(text):
        told, text = f"{told} {clause[0]}".strip(), text[clause.end() :]
    pieces = [piece.strip(" ,?.!") for piece in SEAM.split(text)]
    if len(pieces) < 2 or INDIRECT.search(text) or INDIRECT.search(clause[0] if clause else ""):
        return [question]
    least = LEAST_WORDS - 1 if told else LEAST_WORDS
    if any(len(piece.split()) < least or not BEGINNING.match(piece) for piece in pieces) or BETWEEN.search(text):
        return [question]
    if told and not FRONTED.match(told):
        return [_behind(told, piece) for piece in pieces]
    subject, parts = _subject(pieces[0]), [_behind(told, pieces[0])]
    for piece in pieces[1:]:
        pointers = POINTER.findall(BY_ITSELF.sub("", piece))
        if pointers:
            if subject is None or len(pointers) > 1 or not PRONOUN.fullmatch(pointers[0]):
                return [question]
            owned = pointers[0].lower() in ("its", "their")
            piece = PRONOUN.sub(f"{subject}'s" if owned else subject, piece, count=1)
        elif len(query_words(piece)) < LEAST_CONTENT:
            return [question]
        parts.append(_behind(told, piece))
    return parts


def _behind(told: str, piece: str) -> str:
    """An English part as a question, behind what is told before it."""
    begins = piece if told.endswith((",", ":")) else piece[:1].upper() + piece[1:]
    return f"{told} {begins}?".strip()


def _told(text: str) -> tuple[str, str]:
    """What is told before the first question, "" if nothing, and the rest."""
    for start, end in sentences(text):
        if text[end - 1] == "?" or BEGINNING.match(text[start:end]):
            return (text[:start].strip(), text[start:])
    return "", text


def _subject(first: str) -> str | None:
    """What an English question speaks of, where that is plain."""
    for pattern in SUBJECTS:
        if (match := pattern.fullmatch(first)) is not None and not RELATIVE.search(match["subject"]):
            return match["subject"].strip()
    return None


def _chinese_parts_of_situation(pieces: list[str]) -> list[str]:
    """The questions behind what is told before them, each with that; nothing if little is told, or there is but one."""
    first = next((place for place, piece in enumerate(pieces) if CHINESE_ASKS.search(piece)), len(pieces))
    told, asked = "，".join(pieces[:first]), list[list[str]]()
    is_open = False
    for piece in pieces[first:]:
        if is_open:
            asked[-1].append(piece)
        else:
            asked.append([piece])
        is_open = not CHINESE_ASKS.search(piece)
    if is_open and len(asked) > 1:  # told behind a question
        asked[-2:] = [[*asked[-2], *asked[-1]]]
    is_told = len(told) >= LEAST_TOLD
    return [f"{told}，{'，'.join(one)}？" for one in asked] if is_told and len(asked) > 1 else []


def _with_what_belongs(pieces: Sequence[str]) -> list[str]:
    """The clauses, with one that only asks for the reason or the amount behind a question before it."""
    found: list[str] = []
    for piece in pieces:
        if found and CHINESE_ASKS.search(found[-1]) and _belongs(piece, found[-1]):
            found[-1] = f"{found[-1]}，{piece}"
        else:
            found.append(piece)
    return found


def _belongs(piece: str, before: str) -> bool:
    if CHINESE_REASON.fullmatch(piece):
        return True
    picks = CHINESE_PICKS.search(before) and not CHINESE_HOW.search(before)
    return bool(picks and CHINESE_AMOUNT.fullmatch(piece))


def _chinese(question: str) -> list[str]:
    pieces = [piece.strip(" 　，,？?；;。") for piece in CHINESE_SEAM.split(question.strip())]
    pieces = _with_what_belongs([piece for piece in pieces if piece])
    if told := _chinese_parts_of_situation(pieces):
        return told
    if len(pieces) < 2 or CHINESE_CONDITION.search(question) or not all(CHINESE_ASKS.search(piece) for piece in pieces):
        return [question]
    match = CHINESE_SUBJECT.match(pieces[0])
    subject = _named(match["subject"]) if match else ""
    is_whole = not CHINESE_ASKS.match(pieces[0])  # else no part says what it is about, and none lacks more than another
    parts = [f"{pieces[0]}？"]
    for piece in pieces[1:]:
        pointers = CHINESE_POINTER.findall(piece)
        lacks = rjieba.tag(simplified(piece))[0][1].startswith(LACKS_SUBJECT)
        if len(pointers) > 1 or (is_whole and not subject and (pointers or lacks)):
            return [question]
        told = [tag for word, tag in rjieba.tag(CHINESE_ASKS.sub("", simplified(piece))) if word not in VAGUE]
        if not subject and (not told or (len(told) == 1 and told[0].startswith("n"))):  # `要多久`, `频率大约多少`: of what?
            return [question]
        if pointers:
            piece = CHINESE_POINTER.sub(subject, piece, count=1)
        elif lacks:
            piece = f"{subject}{piece}"
        elif len(query_words(piece)) < LEAST_CONTENT:
            return [question]
        parts.append(f"{piece}？")
    return parts
