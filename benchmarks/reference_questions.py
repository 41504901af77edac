"""Ten questions on real documents, for `benchmarks/answers.py`: five Chinese notes (development data), and the Debian
reference in English and Chinese, PDF and HTML (Debian's packages `debian-reference-en` and `debian-reference-zh-cn`).

    python benchmarks/reference_questions.py ../shared/data/notes-zh > /tmp/reference.jsonl
    youju ingest ../shared/data/notes-zh /usr/share/debian-reference -c reference
"""

from __future__ import annotations

import json
import sys

REFERENCE = "/usr/share/debian-reference"
EN, ZH = f"{REFERENCE}/debian-reference.en.pdf", f"{REFERENCE}/debian-reference.zh-cn.pdf"
# question, language, accepted answers, documents (without the folder of the notes), page of the PDF, kind
SAME, CROSS = "same-language", "cross-language"
QUESTIONS = [
    ("大模型里哪个参数控制生成结果的确定性程度？", "zh", ["温度", "temperature"], ["004_193937d1b1a85a41.txt"], None, SAME),
    ("语言翻译这类任务对应哪一种模型？", "zh", ["sequence to sequence"],
     ["000_4cf8969fa324ca58.txt", "001_e05a05c3f1aefc92.txt"], None, SAME),
    ("HHS 指的是哪三点要求？", "zh", ["helpful, honest, harmless"],
     ["000_4cf8969fa324ca58.txt", "001_e05a05c3f1aefc92.txt"], None, SAME),
    ("在浏览器里打开哪个地址可以配置 CUPS 打印系统？", "zh", ["localhost:631"],
     [ZH, f"{REFERENCE}/ch06.zh-cn.html"], 138, SAME),
    ("图形界面一般运行在第几个虚拟控制台？", "zh", ["2", "二"], [ZH, f"{REFERENCE}/ch01.zh-cn.html"], 31, SAME),
    ("What is the maximum size of a file on a FAT filesystem?", "en", ["4GiB", "2^32", "4 GiB"],
     [EN, f"{REFERENCE}/ch10.en.html"], 213, SAME),
    ("Which command changes the default text editor on Debian?", "en", ["update-alternatives"],
     [EN, f"{REFERENCE}/ch01.en.html"], 50, SAME),
    ("Which file should hold umask 002 to enable UPG?", "en", [".bashrc"], [EN, f"{REFERENCE}/ch01.en.html"], 38, SAME),
    ("Which tiny models does LoRA train beside the original parameter matrix?", "en", ["two", "2"],
     ["000_4cf8969fa324ca58.txt", "001_e05a05c3f1aefc92.txt"], None, CROSS),
    ("Debian 的新版内核在月球上怎么安装？", "zh", [], [], None, "unanswerable"),
]  # fmt: skip


def main() -> None:
    notes = sys.argv[1].rstrip("/")
    for question, language, answers, documents, page, kind in QUESTIONS:
        row = {
            "question": question, "answers": answers, "answerable": bool(answers), "language": language, "kind": kind,
            "documents": [name if name.startswith("/") else f"{notes}/{name}" for name in documents], "page": page,
        }  # fmt: skip
        print(json.dumps(row, ensure_ascii=False))


if __name__ == "__main__":
    main()
