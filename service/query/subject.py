"""What a question for documents looks for: "which contracts contain a penalty clause?" -> "penalty clause"."""

from __future__ import annotations

import re

from youju.text.language import HAN_CHARACTER

QUOTED = re.compile(r"[“\"「『‘']([^“”\"「」『』‘’']{1,80})[”\"」』’']")
# Words that such a question begins or ends with in English.
HEAD = frozenset(
    "a about all an and any anybody anything appear appears are article articles as at be book books by call called can "
    "chapter chapters cite cited cites clause collection concern concerning concerns contain contained containing contains "
    "contract contracts could cover covered covering covers deal dealing deals describe described describes discuss "
    "discussed discusses discussing do doc docs document documentation documents does each email emails every everything "
    "exist explain explained explains file files find for found from give given gives guide guideline guidelines guides "
    "handbook has have how i in include includes information into is it its know known learn letter letters list listed "
    "locate look looking mail mails manual manuals many may me mention mentioned mentioning mentions minutes must name "
    "names need number occur occurs of on one ones or our out page pages paper papers passage passages pdf pdfs place "
    "places please point policies policy presentation presentations quote quoted quotes read record records refer referring "
    "refers regarding related report reports say saying says search section sections see should show some something "
    "somewhere source sources spreadsheet spreadsheets state stated states talk talking talks tell text texts that the "
    "their them there these they this those to topic us was we were what where which who with word words would write "
    "written you your".split()
)
TAIL = frozenset(
    "about anywhere appear appears be briefly cited contain contained covered described discussed document documents does "
    "down exist explained file files find found given in is it listed located mention mentioned occur occurs of on our "
    "please quoted recorded said say somewhere stated the them there these under what where which written".split()
)
WORD = re.compile(r"[^\W_]+(?:[-_.'’/+#@:&]+[^\W_]+)*[+#]*", re.UNICODE)
KINDS = (
    "文档|文件|资料|材料|合同|协议|手册|制度|报告|会议纪要|"
    "纪要|邮件|文章|论文|指南|表格|说明书|记录|信件|来信|幻灯片|演示文稿|PDF"
)
CHINESE_FRAME = re.compile(
    r"请问|请|帮我|给我|告诉我|一下|看看|我们的?|你们的?|你的?|我想|想要?|了解|知道|应该看|可以(?:看到|找到|读到)|"
    r"能(?:看到|找到|查到)|"
    rf"(?:有)?(?:哪|几|多少)(?:些|个|份|本|篇|次|封|项|种|几|一)*(?:{KINDS})?(?:里面?|中)?|在?(?:第几|"
    rf"哪一?)[页章节](?:里|中)?|"
    r"(?:有没有|是否有|有无|关于|有关|涉及|提到|提及|说到|谈到|讲到|谈论|讨论|介绍|描述|解释|说明|引用|包含|含有|"
    r"包括|写着|写了|写|记载|出现|讲的?)"
    r"(?:过|了|着)?|"
    r"(?:的|这个|那个|一词|这个词|字样|方面|相关|内容|信息|名字|名称|地方)*(?:的)?"
    rf"(?:{KINDS}|段落|那一?[页章节]|条款)?(?:有|是)?(?:哪些|几[份个]|多少份?)?[？?。！]*$|"
    rf"(?:这些|所有|全部|其他)?(?:{KINDS})(?:里面?|中|当中)|(?:在|从)(?:哪[里儿个]?|什么地方)|(?:一节|一条|一页|一章)|"
    r"(?:找出来|找出|找到|查找|查询|查|找|搜索|搜|列出|显示|定位)|哪[里儿]|谁|吗|呢|的名字|的地方|都|方面"
)
TRIM = re.compile(r"^[\s的在里中有是把跟个儿封看来，,、：:]+|[\s的在里中有是了过吗呢个那来？?。！!，,、：:]+$")


def subject_of(question: str) -> str:
    """What is looked for, as the question words it; empty where nothing is left."""
    if (quoted := QUOTED.search(question)) is not None:
        return quoted[1].strip()
    return _chinese(question) if HAN_CHARACTER.search(question) else _english(question)


def _english(question: str) -> str:
    words = [(match.start(), match.end(), match.group().lower()) for match in WORD.finditer(question)]
    while words and words[0][2] in HEAD:
        words.pop(0)
    while words and words[-1][2] in TAIL:
        words.pop()
    return question[words[0][0] : words[-1][1]] if words else ""


def _chinese(question: str) -> str:
    rest = CHINESE_FRAME.sub(" ", question)
    pieces = [trimmed for piece in rest.split() if (trimmed := TRIM.sub("", piece))]
    return " ".join(pieces)
