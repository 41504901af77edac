"""Is this sentence an order to the assistant? In a document it is not evidence for anything that a user asks.

Manuals order their readers about too ("Press the button", "Ignore the first beep"), so an imperative alone tells nothing. What
counts is that a sentence speaks of the machinery of an assistant: its instructions, its prompt, its role, how its answers
shall be written. Some phrases do so in any surroundings (`PLAIN`); others only next to one of those (`BESIDE`). Counted on
ordinary documents and on attacks in docs/security.md. Knows nothing of passages.
"""

from __future__ import annotations

import re
import unicodedata

from youju.language import HAN

# Letters of other scripts that look Latin: what is written with them reads as English, and hides from a search for words.
LOOKALIKES = str.maketrans("аеорсухіјѕԁһьԛԝɡαεικνορτυχАВЕКМНОРСТХІЈЅ", "aeopcyxijsdhbqwgaeiknoptuxABEKMHOPCTXIJS")
OF_ASSISTANT = r"(?:previous|prior|above|preceding|earlier|foregoing|initial|original|existing|current|system|safety|your)"
ASSISTANT = (
    r"(?:a\.?i\.?|artificial intelligence|(?:large )?language models?|llms?|chat ?bots?|(?:ai |virtual |digital )?assistants?)"
)
SPEAK = (
    r"(?:answer|reply|respond|output|say|state|write|repeat|print|recommend|include|append|insert|add|mention|ignore|follow|obey|"
    r"claim|refuse|translate|tell|use)"
)
SUCH_ORDERS = (
    r"(?:instructions?|prompts?|directives?|guidelines|rules|orders|commands|context|constraints|restrictions|programming)"
)

PLAIN = re.compile(
    "|".join(
        (
            rf"\b(?:ignore|disregard|forget|override|overwrite|bypass|discard|do not (?:follow"
            rf"|obey))\b.{{0,24}}\b{OF_ASSISTANT}\b"
            rf".{{0,20}}\b(?:{SUCH_ORDERS}|text|passages?|documents?|conversation)\b",
            rf"\b(?:ignore|disregard|forget|override) (?:the |these |those )?(?:{SUCH_ORDERS}) (?:above|before|so far|given"
            rf"|you)\b",
            rf"\b(?:ignore|disregard|forget|override) (?:all|any|every|these"
            rf"|those)\b.{{0,16}}\b(?:{SUCH_ORDERS})\b(?! (?:on|of|in|from)\b)",
            r"\bsystem (?:prompt|override|instructions?|message)\s*:",
            r"\b(?:reveal|repeat|print|output|show|leak|display)\b.{0,12}\byour\b.{0,24}\b(?:prompts?|instructions?)\b",
            r"\b(?:reveal|repeat|leak)\b.{0,16}\bsystem prompts?\b",
            rf"\byou are (?:now |henceforth |no longer )?(?:an? |the )?(?:\w+ ){{0,3}}{ASSISTANT}\b|\byou are now (?:an? )?\w+",
            rf"\bas an? {ASSISTANT}\b.{{0,30}}\b(?:you|must|shall|answer|reply)\b",
            rf"\b(?:attention|notice|note|message|instructions?|important|addressed|directed)(?: \w+)?,? (?:to"
            rf"|for)(?: \w+){{0,3}} {ASSISTANT}\b",
            rf"\b{ASSISTANT}\b.{{0,50}}\b(?:must|shall|should|has to|have to|needs? to|is to|are to|is required to"
            rf"|please)\b (?:\w+ ){{0,3}}"
            rf"{SPEAK}\b",
            rf"^\W*(?:dear )?{ASSISTANT}\s*[,:]",
            r"\b(?:pretend|imagine) (?:to be|you are|that you)\b|\bact as (?:an? |the )?(?:unrestricted|evil|hacker|pirate"
            r"|dan\b|different)",
            rf"\bfrom now on,? (?:you (?:must|will|shall|always|only) |(?:every|all|each) )?{SPEAK}\b"
            rf"|\bfrom now on,? you are\b",
            r"\b(?:begin|start|end|finish|close|prefix|preface|conclude) (?:your|the|every|each|all"
            r"|any) (?:final )?(?:answers?|repl(?:y|ies)|responses?|outputs?)\b",
            r"\b(?:in|to|of|at the end of|into) your (?:final |next )?(?:answer|reply|response|output)s?\b",
            r"\byour (?:new|real|true|only|actual) (?:task|job|goal|instructions?|role|purpose|objective) (?:is|are)\b"
            r"|\bnew instructions?\s*:",
            rf"\bwhen (?:you (?:are )?)?(?:answer(?:ing)?|asked|respond(?:ing)?|reply(?:ing)?|summari[sz](?:e"
            rf"|ing))\b.{{0,60}}\byou (?:must|shall|should|always|only|will) (?:\w+ )?{SPEAK}\b",
            r"\b(?:reply|respond|answer) (?:only|solely|exclusively) (?:with|by|in)\b|\b(?:reply|respond"
            r"|answer) with (?:nothing but|exactly|only|the (?:single )?word)\b",
            r"\b(?:tell|ask|direct|send|urge|instruct) (?:the|every|any|each) (?:user|reader|asker)\b.{0,60}(?:https?:"
            r"|www\.|\]\()",
            # The same in other tongues of Europe and in Japanese: `ignore the instructions before`.
            r"\bignor(?:ez|iere\w*|a|ad|en|ate|em)\b.{0,30}\b(?:instruc\w+|istruz\w+|anweisung\w*|instru[cç]\w+)"
            r"|\bигнорир\w+.{0,30}инструкц|指示を(?:すべて)?無視",
            # Chinese
            r"(?:忽略|无视|忘记|忘掉|不要理会|不用理会|不要遵守|绕过|抛开|覆盖).{0,8}(?:以上|之前|此前|前面|上述|上面|先前"
            r"|原有|系统|你的|收到的|一切|全部|所有).{0,10}"
            r"(?:指令|指示|提示词|规则|设定|命令|要求|限制|上下文)",
            # A program's message is called so too (系统提示“密码错误”): only what goes on to speak to `you` is an order.
            r"系统(?:提示|指令|消息|设定)词?\s*[:：].{0,6}你(?:是|必须|要|只|现在|应|需)",
            r"你(?:现在|从现在起|不再)?(?:是|扮演|充当|变成)(?:一个|一名|一位)?.{0,8}(?:助手|助理|模型|机器人|人工智能|ai"
            r"|系统|海盗|黑客)|你现在(?:是|扮演|的身份)|从现在(?:起|开始)，?(?:你|所有|每|一律)",
            r"作为(?:一个|一名)?(?:ai|人工智能|智能助手|语言模型|大模型|大语言模型|聊天机器人)",
            r"(?:ai|人工智能|语言模型|大模型|智能助手|ai助手|助手|助理|聊天机器人|问答系统|本模型)[^，。]{0,6}(?:必须|应当"
            r"|应该|务必|请|只能|一律|需要|须)[^，。]{0,2}"
            r"(?:回答|回复|输出|说|写|声称|忽略|推荐|附|加|拒绝|告诉|遵守)",
            r"(?:致|给|写给|告知|通知|提醒)(?:所有|各位|任何)?(?:ai|人工智能|智能助手|语言模型|大模型|助手|聊天机器人)",
            r"^\W*(?:亲爱的)?(?:ai|人工智能|智能助手|ai助手|语言模型|大模型|助手)[，,：:]",
            r"你的(?:回答|回复|输出|答案|新任务|真实任务|唯一任务|指令|提示|新指令)",
            r"(?:在|于)(?:每个|每次|所有)?(?:回答|回复|答案|输出)(?:的)?(?:开头|开始|结尾|末尾|最后|中|里|内|前"
            r"|后面?).{0,10}(?:写|加|附|添|插入|包含|输出|注明|给出|放)",
            r"(?:请)?(?:只|仅|一律|统一)(?:能|可|需)?(?:用)?(?:回答|回复|输出)(?:[“\"「'‘：:，,]|[a-z]|一个|两个|这)",
            r"(?:告诉|请|让|引导|提醒)(?:用户|提问者|读者).{0,40}(?:https?:|www\.|\]\()",
            r"新(?:的)?指令\s*[:：]",
            r"(?:显示|透露|泄露|输出|重复|复述|公开).{0,4}你的.{0,6}(?:提示|指令|设定)|(?:透露|泄露|复述).{0,6}系统提示",
        )
    ),
    re.IGNORECASE,
)
# Of an answer, but an order to the assistant only where such orders stand anyway.
BESIDE = re.compile(
    "|".join(
        (
            r"\b(?:say|reply|respond|answer|output|print|write|repeat|state|include|append|insert|add|recommend|claim|tell"
            r"|mention|visit|send|show|render|use|obey|follow)\b.{0,40}"
            r"(?:\b(?:only|exactly|always|instead|nothing|word|phrase|sentence|link|image|url|http|user|asker|answer"
            r"|response|reply|question|token|code)\b|[:\"“'‘])",
            r"\b(?:only|correct|right|true|final)\b.{0,12}\banswer\b|\banswers?\b.{0,20}\b(?:is|must|shall|should)\b",
            r"\b(?:never|do not|don't|refuse to|must not|cannot)\b.{0,30}\b(?:answer|reply|respond|mention|reveal|say|tell"
            r"|question|cite)",
            r"\b(?:these|this|the above|following) (?:rules?|orders?|instructions?|commands?|directives?)\b|\bthe user\b"
            r"|\byou (?:must|shall|will|should|have)\b",
            r"^\W*\[[^\]]+\]\s*:\s*\S+",  # where a Markdown reference points
            r"(?:回答|回复|答案|输出|说|写|重复|附上|加上|插入|声称|推荐|告诉|访问|发送|展示|提到|遵守|执行).{0,30}"
            r"(?:“|\"|「|：|:|只|必须|一律|用户|提问者|链接|图片|网址|http|问题|字样|一句|这句|这个词|[a-z])",
            r"(?:正确|唯一|真正|最终).{0,6}(?:答案|回答)|(?:不要|不得|不能|禁止|拒绝|切勿|绝不).{0,10}(?:回答|回复|提及"
            r"|透露|说|引用)",
            r"(?:以下|上述|这些|这条|此)(?:规则|指令|命令|要求|指示)|用户(?:问|提问|的问题)|你(?:必须|应当|应该|只能|务必"
            r"|需要)",
        )
    ),
    re.IGNORECASE,
)
# Our own delimiters, and the signs that part a chat's turns for a model.
ROLE = re.compile(
    r"<[|｜][^<>\n]{1,40}[|｜]>|\[/?INST\]|<</?SYS>>|<(?:start|end)_of_turn>"
    r"|^\s*</?text>\s*$",
    re.IGNORECASE,
)
ROLE_NAME = re.compile(r"\b(?:system|user|assistant|developer|tool)\b", re.IGNORECASE)
ASKER = re.compile(r"\W{0,3}(?:user|human|用户)\s*[:：]", re.IGNORECASE)
REPLIER = re.compile(r"\W{0,3}(?:assistant|ai|bot|助手|助理)\s*[:：]", re.IGNORECASE)
QUOTED = re.compile(r"“[^”]*”|「[^」]*」|『[^』]*』|\"[^\"]*\"|‘[^’]*’|`[^`]*`|(?<!\w)'[^']*'(?!\w)")
SPACED = re.compile(rf"(?<=[{HAN}])\s+(?=[{HAN}])")
# Whoever asks about such things shall read what the documents say of them.
SUBJECT = re.compile(
    r"\b(?:a\.?i|llms?|gpt|chatgpt|chat ?bots?|language models?|assistants?|prompts?|injections?|inject|jailbreak\w*"
    r"|instructions?|attack\w*|"
    r"ignore|system message)\b|人工智能|大模型|语言模型|助手|机器人|提示词|系统提示|提示注入|注入|越狱|指令|攻击|忽略"
    r"|(?<![a-z])(?:ai|gpt)",
    re.IGNORECASE,
)


def is_order(sentence: str) -> bool:
    """Whether the sentence orders the assistant about, wherever it stands. What it quotes does not count: who reports an
    order gives none. A sentence that is nothing but a quotation counts as it is."""
    plain = _plain(sentence)
    return bool(PLAIN.search(plain) or ROLE.search(sentence))


def opens_turn(sentence: str) -> bool:
    """Whether the sentence is nothing but a sign that a chat's turn begins or ends: what follows is that turn."""
    return bool(ROLE.search(sentence)) and not re.search(r"\w", ROLE_NAME.sub("", ROLE.sub("", sentence)))


def is_reply(before: str, sentence: str) -> bool:
    """Whether the two are a conversation with an assistant, acted out."""
    return bool(ASKER.match(before) and REPLIER.match(sentence))


def may_be_order(sentence: str) -> bool:
    """Whether the sentence goes on with an order that stands next to it."""
    return bool(BESIDE.search(_folded(sentence)))


def is_about_orders(question: str) -> bool:
    """Whether the question is about assistants or instructions."""
    return bool(SUBJECT.search(_folded(question)))


def _plain(sentence: str) -> str:
    folded = _folded(sentence)
    unquoted = QUOTED.sub('""', folded)
    return unquoted if re.search(r"\w", unquoted) else folded


def _folded(text: str) -> str:
    """The text in one width, with Latin letters where it seems to have them, and no spaces within Chinese."""
    return SPACED.sub("", unicodedata.normalize("NFKC", text)).translate(LOOKALIKES)
