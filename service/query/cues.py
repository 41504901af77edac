"""Words by which a question says what form of answer it asks for. They tell of wording only, never of a topic.

What each weighs is fitted (`training/fit_forms.py`), so that a cue need not be certain, only telling.
"""

from __future__ import annotations

import re
import unicodedata

from youju.text.language import simplified

DOCUMENT = (
    r"(?:doc(?:ument)?s?|files?|pdfs?|papers?|reports?|contracts?|agreements?|manuals?|handbooks?|polic(?:y|ies)|minutes|"
    r"e?mails?|"
    r"letters?|articles?|guidelines?|guides?|presentations?|spreadsheets?|sources?|records?|texts?)"
)
DOCUMENT_ZH = (
    "(?:文档|文件|资料|材料|合同|协议|手册|制度|规章|章程|报告|纪要|邮件|文章|论文|指南|表格|说明书|记录|PDF|演示文稿)"
)
ASKS = r"^(?:(?:please|so|and|but|well|hi|hello|ok)\b[,.! ]*)*"

CUES: dict[str, re.Pattern[str]] = {
    name: re.compile(pattern, re.IGNORECASE)
    for name, pattern in {
        "yes_no: verb first": (
            rf"{ASKS}(?:is|are|was|were|do|does|did|can|could|may|must|should|will|would|has|have|had|am|isn'?t|aren'?t|"
            r"don'?t|doesn'?t)\s"
        ),
        "yes_no: 吗": r"吗[？?。!！ ]*$|吗[，,？?]",
        "yes_no: 是否": (
            r"是否|是不是|能不能|能否|可否|可不可以|有没有|会不会|要不要|需不需要|行不行|对不对|对吧|退不退|(.)不\1"
        ),
        "yes_no: tail": (
            r"(?:\b(?:right|correct|allowed|possible|ok|okay)|isn'?t it|is that (?:so|true|allowed))\s*\?*$|没有[？?]?$"
        ),
        "fact: how much": r"\bhow (?:much|many|long|old|far|often|big|high|heavy|deep|wide|soon|fast|large|tall)\b",
        "fact: who, when, where": (
            r"\b(?:who|whom|whose|when|where|until when|by when|what time|at what|in which|to which|which (?:year|day|"
            r"date))\b"
        ),
        "fact: what is the … of": r"\bwhat(?:'s| is| was| are| were)? the\b",
        "fact: 多少": r"多少|几(?!乎|何)|多久|多长|多大|多重|多高|多远|多深|多宽|多快",
        "fact: 谁、何时、何地": (
            r"谁|哪(?:天|年|一年|一天|里|儿|位|个月|一位|一条)|何时|何地|什么(?:时候|时间|地方|地点|名字|颜色)|几(?:点|"
            r"月|号|时|岁)|最(?:晚|迟|早|多|少|低|高)"
        ),
        "fact: which": r"^(?:which|what) (?!are\b|is\b|documents?\b|files?\b)\w+ ",
        "list: list": (
            rf"{ASKS}(?:list|enumerate|name|show)\b|\b(?:a list of|list (?:all|the|every))\b|\ball (?:of )?(?:the )?\w+"
        ),
        "list: what are": (
            r"\b(?:what|which|who) (?:are|were) (?:all |the )*|\b(?:what|which) (?:kinds|types|sorts|items|things) of\b"
        ),
        "list: 哪些": r"有?哪些|哪几|都有(?:谁|什么|啥)|有什么|分别",
        "list: 列出": r"列出|列举|列一下|列个|清单|名单|所有|全部|各个|都是|一一",
        "procedure: how to": (
            r"\bhow (?:do|can|should|would|must|to|does one|shall)\b|\bhow (?:is|are) .+ed\b|how do(?:es)? (?:i|we|you|"
            r"one)\b"
        ),
        "procedure: steps": (
            r"\b(?:steps?|procedure|process|instructions?|walk me|step by step|what (?:do|should|must) (?:i|we|you) do|"
            r"show me how)\b"
        ),
        "procedure: 怎么": r"怎么(?!样|回事)|怎样|如何|咋",
        "procedure: 步骤": r"步骤|流程|方法|手续|操作|一步|办法|做法|教我",
        "definition: what is a": (
            rf"{ASKS}(?:what(?:'s| is| are| exactly is)) (?:an?|the so-called) |^what(?:'s| is|"
            r" are) [\w-]+(?: [\w-]+)?\s*\?*$"
        ),
        "definition: meaning": (
            r"\b(?:defin\w+|mean(?:s|ing|t)?|stands? for|abbreviation|the term|counts? as|considered|explain|refer to|"
            r"understood)\b"
        ),
        "definition: 什么是": (
            r"什么是|何谓|什么叫|啥叫|(?:是|叫)(?:什么|啥)(?:东西|概念|病|术语|意思)?[？?]?$|是指什么|指(?:的是|谁)"
        ),
        "definition: 定义": r"定义|意思|含义|概念|名词解释|解释|缩写|算(?:是)?什么|怎样算|什么情况算|界定|怎么理解",
        "reason: why": (
            r"\b(?:why|how come|reasons?|cause[ds]?|because of what|what (?:led|made|explains|triggered|for)|purpose|"
            r"motive|rationale|on what grounds|due to what)\b"
        ),
        "reason: 为什么": (
            r"为什么|为何|为啥|原因|缘故|因何|因为什么|理由|怎么回事|动机|起因|造成|导致|凭什么|为了什么"
        ),
        "comparison: compare": (
            r"\b(?:compar\w*|differ\w*|distinguish\w*|versus|vs\.?|contrast\w*|pros and cons|similarit\w+|"
            r"in common|side by side|contradict\w*|changed between|advantages?)\b"
        ),
        "comparison: than": r"\b\w+er\b.*\bthan\b|\b(?:more|less|fewer)\b.*\bthan\b|\b(?:better|\w+er),? .+ or\b|\bor\b",
        "comparison: 区别": r"区别|差别|差异|不同|不一样|异同|对比|比较|相比|优缺点|共同点|矛盾|变化",
        "comparison: 比": (
            r"比.{1,12}(?:更|好|高|低|快|慢|大|小|多|少|贵|省|严)|还是|哪个(?:更|好|便宜|划算|快|轻|安全)|跟.+(?:比|"
            r"相比)|和.+(?:比|相比)"
        ),
        "table: most": (
            r"\b(?:highest|lowest|most|least|fewest|largest|smallest|biggest|cheapest|shortest|longest|maximum|minimum|"
            r"oldest|top|best|worst|second|rank\w*)\b"
        ),
        "table: sum": (
            r"\b(?:total|sum|average|avg|mean|median|altogether|combined|per|each|count|sort|ratio|percentage|growth|"
            r"grow|rows?|column|table|net|how many .*(?:more|less|longer|older|over|under|have|are|were))\b"
        ),
        "table: 最": r"最(?:高|低|多|少|大|小|贵|便宜|快|慢|好|差|旧|新|长|短)|第[一二三四五]|前[三五十]|排名|排序|名次",
        "table: 合计": (
            r"合计|总[额数量计重和共]|一共|平均|均值|均价|中位数|加起来|百分之|增长|占|分别|统计|每[个家天]|行|列|超过|"
            r"高于|低于|不足"
        ),
        "summary: summarise": (
            r"\b(?:su?mm?ar\w*|sum up|gist|tl;?dr|key (?:points|takeaways)|main (?:points|findings)|takeaways|overview|"
            r"outlin\w*|recap|in (?:brief|short)|briefly|nutshell|highlights|abstract|rundown|condense|essentials)\b"
        ),
        "summary: about": (
            r"\b(?:what(?:'s| is| was| does)?|tell me) .*\babout\b|\bwhat does (?:the |this |it |our )?.*\b(?:say|cover|"
            rf"contain|deal with)\b|\b(?:contents?) of\b|\bwhat do the {DOCUMENT} say\b"
        ),
        "summary: 总结": (
            r"总结|概括|概述|摘要|归纳|要点|大意|重点|梗概|简要|简介|概况|概览|主旨|主要(?:内容|讲|结论|发现|观点)|提炼|"
            r"浓缩|梳理|汇总|回顾|缩成|精简|大纲|亮点"
        ),
        "summary: 讲了什么": (
            r"(?:讲|说|写|谈|介绍)(?:的|了|些|的是)?(?:什么|啥|哪些)|关于什么|(?:什么|啥|主要)内容|内容是什么"
        ),
        "locate: which documents": (
            r"\b(?:which|what|any|how many|find|show|list|search|in which|do any of the) (?:of )?(?:the |our |"
            rf"me )*{DOCUMENT}\b"
        ),
        "locate: mention": (
            r"\b(?:mention\w*|contain\w*|refer to|occurs?|cites?|talks? about|deals? with|discuss\w*|say something|"
            r"appear\w*|written|described|covers?)\b"
        ),
        "locate: where": (
            r"\b(?:where (?:can|do|is|does|was|in)|on which page|in (?:which|what) (?:file|doc\w*|chapter|page|email|"
            r"section)|find|locate|look up|search|point me|anything (?:on|about)|is there an?y?(?:thing)? .*(?:about|"
            r"on))\b"
        ),
        "locate: 哪些文件": (
            f"(?:哪|几|多少)(?:些|个|份|本|篇|次|封|项|一?份|几篇|几份)?{DOCUMENT_ZH}|{DOCUMENT_ZH}(?:里|"
            f"中)?.{{0,6}}(?:提到|包含|涉及|"
            r"有)"
        ),
        "locate: 提到": r"提到|提及|涉及|说到|谈到|写着|写在|出现|引用|出处|包含|讲.{0,8}的(?:文件|文档|手册)",
        "locate: 在哪": (
            r"在(?:哪|什么地方)|哪里|哪儿|找一?(?:下|出|到)|查一下|搜索?一?下?|定位|第几页|有没有.{0,4}(?:关于|方面)|"
            r"应该看"
        ),
        "about: your documents": (
            rf"\b(?:your|you) .*\b{DOCUMENT}\b|\b{DOCUMENT} .*\byou\b|\b(?:collections?|index(?:ed)?|uploads?(?:ed)?|"
            r"knowledge base|library|database|folders?|archive|ingested|data (?:basis|base)|on file)\b"
        ),
        "about: how many documents": (
            r"^(?:how many|number of|list|show|what|which|list all|all|show me|tell me)(?: all| the| of the|"
            rf" are the)* (?:\w+ )?{DOCUMENT}(?: are| do| did| is| can| were| was)?\b(?: there| you| here| available| in|"
            r" i| we| indexed|\?|$)"
        ),
        "about: newest": (
            rf"\b(?:newest|latest|most recent|oldest|largest|longest|biggest|last|recently)\b.*\b{DOCUMENT}\b|"
            rf"\b{DOCUMENT}\b.*\b(?:last|newest|oldest|largest|added|changed)\b"
        ),
        "about: 资料库": (
            r"资料库|知识库|索引|集合|收录|上传|导入|文件夹|库里|数据库|文档库|你(?:这里|有|的|能|知道|读过|存)"
        ),
        "about: 多少文档": (
            r"(?:多少|几|所有|哪些|一共|什么)(?:份|个|篇|类型的)?(?:文档|文件|PDF|资料|Word)|(?:文档|文件)(?:数量|列表|"
            r"清单|总数|名)|最(?:新|大|长|短|旧|近|后)(?:的|添加|修改|导入)*(?:的)?(?:文档|文件|是)"
        ),
        "social: greeting": (
            r"^(?:hi|hello|hey|good (?:morning|evening|night|afternoon)|morning|bye|goodbye|greetings|thanks?|thank|thx|"
            r"cheers|ok|okay|great|awesome|perfect|sorry|lol|see you|nice|well done|help|yes|no)\b(?=.{0,40}$)"
        ),
        "social: you": (
            r"\b(?:who|what|how) (?:are|do|made|can) (?:you|i)(?: made| do| ask)?\b.{0,16}$|\b(?:are|can|"
            r"do) you\b.{0,24}$|\byour name\b|\byourself\b"
        ),
        "social: 你好": (
            r"^(?:你好|您好|谢|多谢|非常感谢|感谢|早|晚安|晚上好|再见|拜拜|嗨|哈哈|好的?(?:$|[,，。！ ])|不客气|辛苦|"
            r"在吗|太好|厉害|完美|新年|大家好|不好意思)(?=.{0,14}$)"
        ),
        "social: 你是谁": (
            r"你(?:是|能|会|叫|擅长|可以)(?:谁|什么|啥|做|干|帮|哪|真|机|说|c)|怎么(?:使)?用[你？?]?$|自我介绍|你自己|"
            r"问你"
        ),
        "instruction: write": (
            rf"{ASKS}(?:(?:can|could) you |help me )?(?:write|translate|compose|draw|make|create|generate|rewrite|draft|"
            r"invent|fix|convert|pretend|act|play|sing|imagine|paraphrase|solve|book|order|remind|send|set|delete|"
            r"recommend|come up|plan|be|ignore|turn|count|rhyme|spell|say)\b"
        ),
        "instruction: text": (
            r"[:：].{4,}|\b(?:poem|joke|story|essay|song|haiku|slogan|recipe|headline|function|regex|translate|"
            r"into (?:french|chinese|english|spanish|german))\b|\d\s*(?:[+*/x×]|times)\s*\d"
        ),
        "instruction: 写": (
            r"^(?:请|帮我|给我|给|把|替我|麻烦)?.{0,12}?(?:写|翻译|译成|画|编|起草|润色|改写|扮演|假装|续写|生成|设计|"
            r"推荐|发明|唱|讲个|订|提醒|忽略|转成|改[一得成])"
        ),
        "instruction: 文": (
            r"(?:首|篇|封|条|个|段)[^，。]{0,10}(?:诗|作文|故事|笑话|情书|歌|谜语|广告|函数|微博|信|标题|回信|俳句)|乘以|"
            r"解方程|等于多少|天气|几点了"
        ),
        "locate: document that says": (
            rf"\b(?:which|what|how many|any|some) (?:of (?:the|our|these|your) )?{DOCUMENT}\b(?: \w+){{0,2}}? "
            r"(?:mention|contain|refer|talk|deal|discuss|cover|explain|describe|cite|say|about|with|that|in which|has|have)"
        ),
        "locate: is there": (
            r"\b(?:(?:is|are) there (?:any(?:thing)?|something|an?) .*\b(?:about|on|for|in the)|do (?:we|"
            r"you) have (?:an?|any\w*|the|\w+ation))\b"
        ),
        "locate: where is it said": (
            r"\bwhere\b.*\b(?:mention|describ|quot|writ|found|find|explain|listed|cover|record|discuss|say|read|"
            r"documented)\w*|"
            r"\b(?:on|in) (?:what|which) (?:page|chapter|section|clause|letters?|document|file|paragraph)s?\b"
        ),
        "locate: 讲…的文件": (
            rf"(?:哪|几|多少).{{0,3}}{DOCUMENT_ZH}.{{0,4}}(?:提|谈|讲|说|包含|含有|有|涉及|解释|介绍|关于|讨论|引用|写)|"
            rf"(?:讲|介绍|关于|讨论|提到|包含|含有|涉及).{{1,14}}(?:{DOCUMENT_ZH}|是哪|有哪些|有几|有多少)"
        ),
        "locate: 有没有资料": (
            rf"{DOCUMENT_ZH}(?:里|中).{{0,3}}有.{{0,12}}吗|有没有.{{0,14}}(?:{DOCUMENT_ZH}|方面|内容)|^(?:搜|找|查)"
        ),
        "locate: 哪一页": (
            r"第几[页章节]|哪一?[页章节]|在?哪[里儿]?.{0,3}(?:介绍|引用|提|讲|写|说明|描述|找|看|规定)|(?:介绍|引用|提到|"
            r"写|说明|找到)在哪"
        ),
        "list: begins": rf"{ASKS}(?:list|enumerate|name)\b",
        "list: which …s": (
            r"\b(?:which|what) (?!(?:of|is|are|does|was)\b)(?:[\w-]+ ){0,2}[\w-]+(?<!s)s (?:are|can|does|do|did|have|may|"
            r"must|should|were|will|to|in|on|for)\b"
        ),
        "list: 哪些…": rf"哪(?:些|几[个位项种])(?!{DOCUMENT_ZH}|地方)",
        "list: 列": r"^(?:请|帮我|把)?.{0,10}(?:列出|列举|列一下)|列(?:出|举)|有哪几",
        "table: the …est": (
            r"\bthe (?:most|least|fewest|second|\w{3,}est)\b|\b(?:which|who|what)\b.*\b(?:most|least|fewest|\w{3,}est)\b"
        ),
        "table: begins": (
            r"^(?:the )?(?:sort|rank|count|sum|total|average|avg|mean|median|cheapest|highest|lowest|top|maximum|"
            r"minimum)\b"
        ),
        "table: computed": (
            r"\b(?:in total|altogether|combined|sum of|total of|average|median|percent\w*|ratio|how many .* (?:more|less|"
            r"fewer|over|under) than)\b"
        ),
        "table: 哪…最": r"哪.{1,8}最|最.{1,3}的.{0,8}(?:是哪|是谁|有哪|$)|前[一二三四五六七八九十\d]名",
        "table: 总和": (
            r"总和|合计|总计|总额|平均|均值|中位数|加起来|百分之几|增长率|比率|一共(?:多少|几)|按.{1,6}(?:排|统计)"
        ),
        "summary: 说说": r"^(?:请|能)?.{0,2}(?:说说|讲讲|谈谈|说一说|介绍)|应该(?:了解|知道)|浓缩|缩成|几[行句]|总体上",
        "summary: tell me": (
            r"\btell me about\b|\bknow about\b|\bboil\w*\b|\bin general\b|^what(?:'s| is) in\b|\bdescribe the content"
        ),
        "instruction: me": (
            r"\b(?:write|make|give|draw|create|tell|find|compose|show|sing|get) me (?:an?|some\w*|the|five|ten)\b|"
            r"\bfor me\b"
        ),
        "instruction: world": (
            r"\b(?:weather|temperature in|right now|square root|euros?|dollars? (?:in|to)|how do you say|good luck|"
            r"disregard|imagine|suggest)\b|"
            r"天气|现在(?:几点|多少度)|平方根|用.{1,3}语.{0,2}说|多少(?:欧元|美元|日元|英镑)|想象|充当|不要理会|起个|"
            r"想个|定一?个"
        ),
        "social: ask you": (
            r"\b(?:i|should i) (?:ask|call) you\b|\b(?:what|who) (?:is|are) (?:you|this|your (?:name|purpose))\b.{0,4}$|"
            r"^我(?:能|可以|该).{0,4}(?:问|称呼)你|你是(?:哪位|谁)|你(?:能|可以)怎么帮"
        ),
        "procedure: passive": r"^how (?:is|are|was|were) (?!.*\b(?:differ\w*|defined|called|different)\b)",
        "procedure: what to do": (
            r"\bwhat (?:do|must|should|does) (?:i|we|you|one|a \w+)(?: have| need)?(?: to)? do\b|\b(?:way|procedure|"
            r"process|steps?) (?:to|of|for)\b"
        ),
        "comparison: the same": (
            r"\bboth\b|\b(?:the same|identical|alike|treated differently|as \w+ as)\b|一样|一致|相同|"
            r"(?:和|跟|与).{1,12}(?:谁|哪)"
        ),
        "list: documents to hand in": (
            rf"\b(?:which|what) {DOCUMENT}\b.*\b(?:must|have to|has to|need|needed|required|sign|submit|bring|"
            r"hand in|fill in)\b|"
            rf"(?:签|交|带|附|填|提供|出示|准备|保存|备份)(?:上|好|齐)?(?:哪些|什么|几份){DOCUMENT_ZH}"
        ),
        "locate: do we have something on": (
            r"\b(?:do|have) (?:we|you) (?:have |got )?(?:any\w*|some\w*|an?) (?:\w+ )?(?:on|about)\b|"
            rf"(?:方面|相关|有关|关于).{{0,4}}(?:{DOCUMENT_ZH}|内容|信息)"
        ),
        "about: titles": (
            r"\b(?:all|every|the) (?:\w+ )?(?:titles|file ?names)\b|(?:所有|全部|每个).{0,4}(?:标题|书名|文件名)|"
            r"(?:这些|你的|你读的)(?:文件|文档)"
        ),
        "instruction: sum": (
            r"\d\s*(?:percent|per cent|%) of \d|\d (?:plus|minus|divided by) \d|\d的(?:百分之|\d+%)|\d\s*[乘除加减]以?\s*\d|"
            r"\b(?:pretend|roleplay|act as)\b|假装|装作|扮(?:演|成)|翻译"
        ),
        "fact: and what of": r"^(?:and|what about|how about)\b.{1,28}$|^.{1,12}呢[？?]?$",
        "fact: where": (
            r"\bwhere (?:is|are|was|were) the [\w ]+$|\bwhere .*\b(?:located|stored|kept|installed)\b|位于|(?:存|放|装)在"
        ),
        "short": r"^.{1,14}$",
        "pointer": r"^(?=.*[A-Za-z]{3})\S+(?: \S+){0,3}$|^[^A-Za-z]{1,6}$",
    }.items()
}  # fmt: skip
NAMES = tuple(CUES)


def cues(question: str) -> list[float]:
    """Which cues a question holds, 1 or 0 for each of `NAMES`."""
    text = simplified(unicodedata.normalize("NFKC", question).strip())
    return [float(bool(pattern.search(text))) for pattern in CUES.values()]
