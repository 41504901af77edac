"""Train the bundled generator further: `python -m training.train_generator tasks.jsonl.gz MODEL.gguf OUT.safetensors`.

LoRA on the attention of Qwen2.5-Coder-1.5B, whose weights stay as they are, in half precision, over the tasks that
`training.generator_data` wrote: 40,000 tokens a second on an H100, days on two cores. The schedule follows whichever is spent
first, tasks or `--minutes`; the adapter is written every minute. Knows nothing of the service, so that it runs where only
PyTorch, transformers and gguf are.
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
import random
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

from training.low_rank import LowRank
from youju.model_files import low_rank

RANK, SCALE = 32, 2.0
RATE, DECAY, CLIP, WARMUP = 1.5e-4, 0.01, 1.0, 40
TOKENS = 16384  # of a batch, with what pads it
POOL = 1500  # tasks that are sorted by length together
DRAFT_TOKENS, DRAFTED_AT_ONCE = 56, 96
REPEATED = 0.6  # of the words of a long answer, from which on a draft is right
LONG = 4  # words
WHOLE_VOCABULARY, DRAFTS = 0.1, 0.3  # weights of these losses beside that of one word against the others
PARTS = {"q_proj": "attn_q", "k_proj": "attn_k", "v_proj": "attn_v", "o_proj": "attn_output"}
"""What is trained of each layer: name in transformers -> name in GGUF files."""
BASE = "qwen2.5-coder-1.5b-instruct-q4_k_m, SHA-256 cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046"
NEXT_TURN = re.compile(r"\s*(?:Human|User|Assistant)\b(?=\W).*", re.DOTALL)  # of a draft that goes on with the chat by itself
WORD = re.compile(r"[\u4e00-\u9fff]|[^\W\u4e00-\u9fff]+")
REPORT, SAVED = 50, 60.0  # steps, seconds

Task = Mapping[str, Any]
"""A line of `training.generator_data`'s."""


@dataclass
class Example:
    """Tokens of a prompt and of what should be said; of a judgement the tokens of the words to choose from, and which of them
    are right."""

    prompt: list[int]
    said: list[int]
    words: Sequence[int] = ()
    right: Sequence[bool] = ()

    @property
    def ids(self) -> list[int]:
        return self.prompt + self.said


class Encoder:
    """Chats and drafts -> tokens, as the service makes them."""

    def __init__(self, folder: Path, file: str) -> None:
        self.tokenizer = AutoTokenizer.from_pretrained(folder, gguf_file=file)
        self.end: int = self.tokenizer.convert_tokens_to_ids("<|im_end|>")

    def prompt(self, task: Task) -> list[int]:
        text = self.tokenizer.apply_chat_template(task["chat"], tokenize=False, add_generation_prompt=True)
        return self.plain(text)

    def plain(self, text: str) -> list[int]:
        found: list[int] = self.tokenizer(text, add_special_tokens=False)["input_ids"]
        return found

    def judgement(self, task: Task) -> Example:
        words = [self.plain(word)[0] for word in task["words"]]
        return Example(self.prompt(task), [], words, [word in task["right"] for word in task["words"]])


def is_right(text: str, answers: Sequence[str]) -> bool:
    """Whether a draft gives an answer letter for letter, or most of the words of a long one."""
    said = _folded(text)
    if any(_folded(answer) in said for answer in answers if answer):
        return True
    sought, spoken = [set(WORD.findall(answer.lower())) for answer in answers], set(WORD.findall(text.lower()))
    return any(len(one & spoken) >= REPEATED * len(one) for one in sought if len(one) > LONG)


def _folded(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.lower())


def drafts(model: nn.Module, encoder: Encoder, asked: Sequence[Task]) -> list[Example]:
    """What the model itself says where that is right, else the sentence that answers; nothing where there is none."""
    found, right = [], 0
    prompts = sorted(((encoder.prompt(task), task) for task in asked), key=lambda one: len(one[0]))
    device = next(model.parameters()).device
    for first in range(0, len(prompts), DRAFTED_AT_ONCE):
        some = prompts[first : first + DRAFTED_AT_ONCE]
        longest = max(len(prompt) for prompt, _ in some)
        ids = torch.tensor([[encoder.end] * (longest - len(prompt)) + prompt for prompt, _ in some], device=device)
        mask = torch.tensor([[0] * (longest - len(prompt)) + [1] * len(prompt) for prompt, _ in some], device=device)
        with torch.inference_mode():
            # Told when to end: the file's own end is that of a text, behind which the model would go on with the chat.
            out = model.generate(  # type: ignore[operator]
                ids,
                attention_mask=mask,
                max_new_tokens=DRAFT_TOKENS,
                do_sample=False,
                eos_token_id=encoder.end,
                pad_token_id=encoder.end,
            )
        texts = encoder.tokenizer.batch_decode(out[:, longest:], skip_special_tokens=True)
        for (prompt, task), text in zip(some, (NEXT_TURN.sub("", text) for text in texts), strict=True):
            is_so = is_right(text, task["answers"])
            right += is_so
            if target := text.strip() if is_so else task["sentence"]:
                found.append(Example(prompt, [*encoder.plain(target), encoder.end]))
    print(json.dumps({"drafts": len(prompts), "right": right}), flush=True)
    return found


def batches(given: Sequence[Example], seed: int) -> Iterator[list[Example]]:
    """Of nearly equal length, in random order."""
    drawn = random.Random(seed)
    shuffled = drawn.sample(given, len(given))
    for first in range(0, len(shuffled), POOL):
        found: list[list[Example]] = []
        for one in sorted(shuffled[first : first + POOL], key=lambda one: -len(one.ids)):
            if found and (len(found[-1]) + 1) * len(found[-1][0].ids) <= TOKENS:
                found[-1].append(one)
            else:
                found.append([one])
        yield from drawn.sample(found, len(found))


def hidden_of(model: Any, batch: Sequence[Example]) -> Tensor:
    """Last hidden states; padding stands behind, so that what comes before does not see it."""
    device = next(model.parameters()).device
    longest = max(len(one.ids) for one in batch)
    ids = torch.tensor([one.ids + [0] * (longest - len(one.ids)) for one in batch], device=device)
    found: Tensor = model.model(input_ids=ids, use_cache=False).last_hidden_state
    return found


def loss_of(model: Any, batch: Sequence[Example]) -> tuple[Tensor, float, float]:
    """The loss; of the judgements the share that is right, and of the drafts the mean of theirs (NaN without any)."""
    hidden = hidden_of(model, batch)
    judged = [(row, one) for row, one in enumerate(batch) if one.words]
    drafted = [(row, one) for row, one in enumerate(batch) if not one.words]
    loss, right, draft = hidden.new_zeros((), dtype=torch.float32), math.nan, math.nan
    if judged:
        chances = functional.log_softmax(model.lm_head(_lasts(hidden, judged)).float(), -1)
        losses, hits = [], []
        for row, (_, one) in zip(chances, judged, strict=True):
            offered, good = row[list(one.words)], torch.tensor(one.right, device=row.device)
            of_right = offered[good].logsumexp(0)
            losses.append(offered.logsumexp(0) - of_right - WHOLE_VOCABULARY * of_right)
            hits.append(good[offered.argmax()].float())
        loss, right = torch.stack(losses).mean(), torch.stack(hits).mean().item()
    if drafted:
        places = [hidden[row, len(one.prompt) - 1 : len(one.ids) - 1] for row, one in drafted]
        targets = torch.tensor([token for _, one in drafted for token in one.said], device=hidden.device)
        mean = functional.cross_entropy(model.lm_head(torch.cat(places)).float(), targets)
        loss, draft = loss + DRAFTS * min(1.0, len(drafted) / 4) * mean, mean.item()
    return loss, right, draft


def _lasts(hidden: Tensor, some: Sequence[tuple[int, Example]]) -> Tensor:
    return torch.stack([hidden[row, len(one.prompt) - 1] for row, one in some])


def train(model: Any, given: Sequence[Example], out: Path, minutes: float, seed: int) -> None:
    learned = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(learned, lr=RATE, weight_decay=DECAY, betas=(0.9, 0.98))
    drawn = list(batches(given, seed))
    began = saved = time.monotonic()
    figures: list[tuple[float, float, float]] = []
    for step, batch in enumerate(drawn):
        spent = max(step / len(drawn), (time.monotonic() - began) / (60 * minutes))
        if spent >= 1:
            break
        for group in optimizer.param_groups:
            group["lr"] = RATE * min(1.0, (step + 1) / WARMUP) * (1 - spent)
        loss, right, draft = loss_of(model, batch)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(learned, CLIP)
        optimizer.step()
        optimizer.zero_grad()
        figures.append((loss.item(), right, draft))
        if (step + 1) % REPORT == 0:
            means = torch.tensor(figures[-REPORT:]).nanmean(0).tolist()
            seconds = round(time.monotonic() - began)
            told = dict(zip(("loss", "right", "draft"), (round(mean, 4) for mean in means), strict=True))
            print(json.dumps({"step": step + 1, "of": len(drawn), "seconds": seconds, **told}), flush=True)
        if time.monotonic() - saved > SAVED:
            save(model, out)
            saved = time.monotonic()
    save(model, out)


def judge(model: Any, encoder: Encoder, asked: Sequence[Task], out: Path) -> None:
    """Write the log probability of each word of each task, in their order."""
    given = [encoder.judgement(task) for task in asked]
    told: dict[int, list[float]] = {}
    order = sorted(range(len(given)), key=lambda at: -len(given[at].ids))
    with torch.inference_mode():
        while order:
            size = max(1, TOKENS // len(given[order[0]].ids))
            some, order = order[:size], order[size:]
            hidden = hidden_of(model, [given[at] for at in some])
            lasts = _lasts(hidden, [(row, given[at]) for row, at in enumerate(some)])
            chances = functional.log_softmax(model.lm_head(lasts).float(), -1)
            for row, at in zip(chances, some, strict=True):
                told[at] = [round(one, 3) for one in row[list(given[at].words)].tolist()]
    with gzip.open(out, "wt") as file:
        file.writelines(json.dumps(told[at]) + "\n" for at in range(len(given)))
    hits: dict[str, list[bool]] = {}
    for at, task in enumerate(asked):
        best = max(range(len(told[at])), key=lambda place: told[at][place])
        hits.setdefault(task["kind"], []).append(given[at].right[best])
    print(json.dumps({kind: [len(some), round(sum(some) / len(some), 4)] for kind, some in hits.items()}), flush=True)


def save(model: Any, out: Path) -> None:
    changes = {}
    for number, layer in enumerate(model.model.layers):
        for ours, theirs in PARTS.items():
            part = getattr(layer.self_attn, ours)
            down, up = (matrix.detach().float().cpu().numpy() for matrix in (part.down, SCALE * part.up))
            changes[f"blk.{number}.{theirs}.weight"] = (down, up)
    low_rank.save(changes, out, {"base": BASE, "licence": "CC BY-SA 4.0", "about": "docs/generator.md"})


def read(path: Path) -> list[Task]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tasks", type=Path)
    parser.add_argument("model", type=Path, help="the publisher's GGUF file")
    parser.add_argument("out", type=Path)
    parser.add_argument("--start", type=Path, help="an adapter to go on from")
    parser.add_argument("--held-out", type=Path, help="tasks that are judged before and after, beside the adapter")
    parser.add_argument("--most", type=int, help="tasks")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=7)
    told = parser.parse_args()
    torch.manual_seed(told.seed)
    given = read(told.tasks)[: told.most]
    print(json.dumps({"seed": told.seed, "tasks": len(given)}), flush=True)
    model = AutoModelForCausalLM.from_pretrained(
        told.model.parent, gguf_file=told.model.name, dtype=torch.bfloat16, quantization_config=GgufConfig(dequantize=True)
    ).to("cuda" if torch.cuda.is_available() else "cpu")
    model.requires_grad_(False)
    encoder = Encoder(told.model.parent, told.model.name)
    start = low_rank.load(told.start) if told.start else {}
    for number, layer in enumerate(model.model.layers):
        for name, theirs in PARTS.items():
            plain = getattr(layer.self_attn, name)
            setattr(layer.self_attn, name, LowRank(plain, RANK, SCALE, start.get(f"blk.{number}.{theirs}.weight")))
    held_out = read(told.held_out)[: told.most] if told.held_out else []
    if held_out:
        judge(model, encoder, held_out, told.out.with_suffix(".before.gz"))
    examples = drafts(model, encoder, [task for task in given if task["kind"] == "draft"])
    examples += [encoder.judgement(task) for task in given if task["kind"] != "draft"]
    print(json.dumps({"examples": len(examples), "tokens": sum(len(one.ids) for one in examples)}), flush=True)
    train(model, examples, told.out, told.minutes, told.seed)
    if held_out:
        judge(model, encoder, held_out, told.out.with_suffix(".after.gz"))


if __name__ == "__main__":
    main()
