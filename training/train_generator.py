"""Train the bundled generator further: `python -m training.train_generator DATA youju/model_files/generator.safetensors`.

LoRA on the attention of Qwen2.5-Coder-1.5B, whose weights stay as they are, in half precision. One pass over the tasks of
`training.generator_data` is 17 million tokens: seven minutes on an H200, days on two cores. The schedule follows whichever is
spent first, tasks or `--minutes`; the adapter is written every minute.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional
from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

from service.generation import prompting
from training.fit_self_evaluation import is_right
from training.generator_data import Task, kinds_of, tasks
from training.reader_data import find_neighbours, prepared
from training.reading_sets import load
from training.real_sets import WRITTEN, written
from training.train_reader import XQUAD_ARTICLES
from youju.embedding.factory import make_embedder
from youju.model_files import adapter
from youju.model_files.locate import QWEN_1_5B, prepare
from youju.settings import load_settings

RANK, SCALE = 16, 2.0
RATE, DECAY, CLIP, WARMUP = 2e-4, 0.01, 1.0, 40
TOKENS = 16384  # of a batch, with what pads it
POOL = 1500  # tasks that are sorted by length together
DRAFT_TOKENS = 56
WHOLE_VOCABULARY, DRAFTS = 0.1, 0.3  # weights of these losses beside that of yes against no
PARTS = {"q_proj": "attn_q", "k_proj": "attn_k", "v_proj": "attn_v", "o_proj": "attn_output"}
"""What is trained of each layer: name in transformers -> name in GGUF files."""
REPORT, SAVED = 50, 60.0  # steps, seconds


class LowRank(nn.Module):
    """A linear layer that stays, and what training adds to it."""

    def __init__(self, plain: nn.Linear) -> None:
        super().__init__()
        self.plain = plain.requires_grad_(False)
        width, device = plain.in_features, plain.weight.device
        self.down = nn.Parameter(torch.randn(RANK, width, device=device) / math.sqrt(width))
        self.up = nn.Parameter(torch.zeros(plain.out_features, RANK, device=device))

    def forward(self, value: Tensor) -> Tensor:
        added = functional.linear(functional.linear(value, self.down.to(value.dtype)), self.up.to(value.dtype))
        plain: Tensor = self.plain(value)
        return plain + SCALE * added


@dataclass
class Example:
    """Tokens of a prompt and of what should be said; of a judgement the tokens of yes and of no."""

    prompt: list[int]
    said: list[int]
    words: tuple[int, int] | None = None
    says: bool = False

    @property
    def ids(self) -> list[int]:
        return self.prompt + self.said


class Encoder:
    """Chats and drafts -> tokens, as the service makes them."""

    def __init__(self, folder: Path, file: str) -> None:
        self.tokenizer = AutoTokenizer.from_pretrained(folder, gguf_file=file)
        self.end: int = self.tokenizer.convert_tokens_to_ids("<|im_end|>")

    def prompt(self, task: Task) -> list[int]:
        chat = [{"role": message.role, "content": message.content} for message in task.chat]
        text = self.tokenizer.apply_chat_template(chat, tokenize=False, add_generation_prompt=True)
        return self.plain(text)

    def plain(self, text: str) -> list[int]:
        found: list[int] = self.tokenizer(text, add_special_tokens=False)["input_ids"]
        return found

    def judgement(self, task: Task) -> Example:
        yes, no = (self.plain(word)[0] for word in prompting.YES_NO[task.language])
        return Example(self.prompt(task), [], (yes, no), bool(task.says))


def drafts(model: nn.Module, encoder: Encoder, asked: Sequence[Task]) -> list[Example]:
    """What the model itself says where that is right, else the sentence that answers; nothing where there is none."""
    found = []
    for task in asked:
        prompt = encoder.prompt(task)
        ids = torch.tensor([prompt], device=next(model.parameters()).device)
        with torch.inference_mode():
            out = model.generate(ids, attention_mask=torch.ones_like(ids), max_new_tokens=DRAFT_TOKENS, do_sample=False)  # type: ignore[operator]
        text = encoder.tokenizer.decode(out[0, len(prompt) :], skip_special_tokens=True).strip()
        if target := text if is_right(text, task.answers) else task.sentence:
            found.append(Example(prompt, [*encoder.plain(target), encoder.end]))
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


def loss_of(model: Any, batch: Sequence[Example]) -> tuple[Tensor, float, float]:
    """The loss; of the judgements the share that is right, and of the drafts the mean of theirs (NaN without any)."""
    device = next(model.parameters()).device
    longest = max(len(one.ids) for one in batch)
    ids = torch.tensor([one.ids + [0] * (longest - len(one.ids)) for one in batch], device=device)
    # Padding stands behind: what comes before does not see it.
    hidden = model.model(input_ids=ids, use_cache=False).last_hidden_state
    head = model.lm_head
    judged = [(row, one) for row, one in enumerate(batch) if one.words]
    drafted = [(row, one) for row, one in enumerate(batch) if not one.words]
    loss, right, draft = hidden.new_zeros((), dtype=torch.float32), math.nan, math.nan
    if judged:
        logits = head(torch.stack([hidden[row, len(one.prompt) - 1] for row, one in judged])).float()
        words = torch.tensor([one.words for _, one in judged], device=device)
        says = torch.tensor([float(one.says) for _, one in judged], device=device)
        odds = logits.gather(1, words[:, :1])[:, 0] - logits.gather(1, words[:, 1:])[:, 0]
        said = torch.where(says > 0, words[:, 0], words[:, 1])
        loss = functional.binary_cross_entropy_with_logits(odds, says)
        loss = loss + WHOLE_VOCABULARY * functional.cross_entropy(logits, said)
        right = ((odds > 0) == (says > 0)).float().mean().item()
    if drafted:
        places = [hidden[row, len(one.prompt) - 1 : len(one.ids) - 1] for row, one in drafted]
        targets = torch.tensor([token for _, one in drafted for token in one.said], device=device)
        mean = functional.cross_entropy(head(torch.cat(places)).float(), targets)
        loss, draft = loss + DRAFTS * min(1.0, len(drafted) / 4) * mean, mean.item()
    return loss, right, draft


def train(model: nn.Module, given: Sequence[Example], out: Path, minutes: float, seed: int) -> None:
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
            print(json.dumps({"step": step + 1, "of": len(drawn), **dict(zip(("loss", "right", "draft"), means, strict=True))}))
        if time.monotonic() - saved > SAVED:
            save(model, out)
            saved = time.monotonic()
    save(model, out)


def save(model: nn.Module, out: Path) -> None:
    changes = {}
    for number, layer in enumerate(model.model.layers):  # type: ignore[arg-type, union-attr]
        for ours, theirs in PARTS.items():
            part = getattr(layer.self_attn, ours)
            down, up = (matrix.detach().float().cpu().numpy() for matrix in (part.down, SCALE * part.up))
            changes[f"blk.{number}.{theirs}.weight"] = (down, up)
    about = {"base": f"{QWEN_1_5B.name}, SHA-256 {QWEN_1_5B.sha256}", "licence": "CC BY-SA 4.0", "about": "docs/generator.md"}
    adapter.save(changes, out, about)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--most", type=int, default=0, help="tasks; all where it is not given")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    torch.manual_seed(options.seed)
    settings = load_settings()
    reader_tokens = Tokenizer.from_file(str(settings.cache_dir / "models" / "multilingual-e5-small" / "tokenizer.json"))
    reader_tokens.no_truncation()
    reader_tokens.no_padding()
    embedder = make_embedder(settings)
    questions = written(WRITTEN) + load(options.data, set(XQUAD_ARTICLES))
    if options.most:
        questions = random.Random(options.seed).sample(questions, options.most)
    questions = prepared(questions, reader_tokens)
    find_neighbours(questions, embedder)
    given = tasks(questions, kinds_of(WRITTEN), embedder, options.seed)[: options.most or None]
    print(json.dumps({"seed": options.seed, "tasks": len(given)}), flush=True)
    base = prepare(QWEN_1_5B, settings.cache_dir)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model = AutoModelForCausalLM.from_pretrained(
        base.parent, gguf_file=base.name, dtype=torch.bfloat16, quantization_config=GgufConfig(dequantize=True)
    ).to(device)
    model.requires_grad_(False)
    encoder = Encoder(base.parent, base.name)
    examples = drafts(model, encoder, [task for task in given if task.kind == "draft"])
    examples += [encoder.judgement(task) for task in given if task.kind != "draft"]
    for layer in model.model.layers:
        for name in PARTS:
            setattr(layer.self_attn, name, LowRank(getattr(layer.self_attn, name)))
    train(model, examples, options.out, options.minutes, options.seed)


if __name__ == "__main__":
    main()
