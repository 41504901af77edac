"""Train the reader: `python -m training.train_reader DATA OUT --examples 60000`.

Writes OUT (a torch checkpoint) at each report. About 20 examples a second on two cores with bfloat16 matrices.
"""

from __future__ import annotations

import argparse
import itertools
import json
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import load_file
from tokenizers import Tokenizer
from torch.nn import functional

from training.reader_data import Example, Question, Sampler, find_neighbours, load
from training.reader_model import ReaderNetwork
from youju.embedding.factory import make_embedder
from youju.settings import load_settings

BATCH = 32
STEP = 16  # lengths are rounded up: the kernels are compiled anew for each length, and kept
POOL = 40  # batches whose examples are sorted by length together
WARMUP = 120
RATE, DECAY, CLIP = 2e-4, 0.01, 1.0
REPORT = 100  # steps
XQUAD = ("xquad-en-en", "xquad-zh-zh", "xquad-en-zh", "xquad-zh-en")
WEIGHTS = {"drcd": 0.35, "drcd-s": 0.65, "nq": 2.0, "squad2": 1.5, "cmrc": 1.0, **dict.fromkeys(XQUAD, 2.0)}
XQUAD_ARTICLES = (
    "Normans Computational_complexity_theory Southern_California Sky_(United_Kingdom) Victoria_(Australia) Huguenot "
    "Steam_engine Oxygen 1973_oil_crisis European_Union_law Amazon_rainforest"
).split()
"""Articles of the SQuAD 2.0 subset; no other article of XQuAD is trained on."""


def batches(questions: Sequence[Question], seed: int) -> Iterator[list[Example]]:
    """Batches of nearly equal length without end."""
    sampler = Sampler(seed)
    examples = itertools.chain.from_iterable(sampler.epoch(questions, WEIGHTS) for _ in itertools.count())
    order = np.random.default_rng(seed)
    while True:
        pool = sorted(itertools.islice(examples, BATCH * POOL), key=lambda one: len(one.question) + len(one.passage))
        for place in order.permutation(POOL):
            yield pool[place * BATCH : (place + 1) * BATCH]


def tensors(batch: Sequence[Example], bos: int, eos: int, pad: int) -> tuple[torch.Tensor, ...]:
    """ids, kinds, mask (batch × length), start, end (batch; 0 for no answer), answerable (batch)."""
    longest = max(len(one.question) + len(one.passage) for one in batch) + 4
    length = -(-longest // STEP) * STEP
    ids = torch.full((len(batch), length), pad)
    kinds, mask = torch.zeros_like(ids), torch.zeros_like(ids)
    starts, ends = torch.zeros(len(batch), dtype=torch.long), torch.zeros(len(batch), dtype=torch.long)
    for row, one in enumerate(batch):
        before = [bos, *one.question, eos, eos]
        whole = [*before, *one.passage, eos]
        ids[row, : len(whole)] = torch.tensor(whole)
        kinds[row, len(before) : len(whole) - 1] = 1
        mask[row, : len(whole)] = 1
        if one.start is not None and one.end is not None:
            starts[row], ends[row] = one.start + len(before), one.end + len(before)
    return ids, kinds, mask, starts, ends, (starts > 0).float()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--examples", type=int, default=60000)
    parser.add_argument("--start", type=Path, help="checkpoint to go on from")
    parser.add_argument("--seed", type=int, default=7, help="another one when going on, so that other windows are drawn")
    arguments = parser.parse_args()
    torch.manual_seed(arguments.seed)
    torch.set_num_threads(2)
    settings = load_settings()
    embedder = make_embedder(settings)
    folder = settings.cache_dir / "models" / "multilingual-e5-small"
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    special = [number for token in ("<s>", "</s>", "<pad>") if (number := tokenizer.token_to_id(token)) is not None]
    questions = load(arguments.data, tokenizer, set(XQUAD_ARTICLES))
    find_neighbours(questions, embedder)
    counts: dict[str, int] = {}
    for question in questions:
        counts[question.corpus] = counts.get(question.corpus, 0) + 1
    print(json.dumps({"seed": arguments.seed, "questions": counts}), flush=True)
    config = json.loads((folder / "config.json").read_text())
    model = ReaderNetwork(load_file(folder / "model.safetensors"), config["num_attention_heads"], config["layer_norm_eps"], 0.1)
    if arguments.start:
        model.load_state_dict(torch.load(arguments.start), strict=False)
    train(model, batches(questions, arguments.seed), special, arguments.examples // BATCH, arguments.out)


def train(model: ReaderNetwork, drawn: Iterator[list[Example]], special: Sequence[int], steps: int, out: Path) -> None:
    learned = [parameter for parameter in model.parameters() if parameter.requires_grad]
    matrices = [p for p in learned if p.dim() > 1]
    groups = [
        {"params": matrices, "weight_decay": DECAY},
        {"params": [p for p in learned if p.dim() <= 1], "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(groups, lr=RATE, fused=True, betas=(0.9, 0.98))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda s: min((s + 1) / WARMUP, max(0.0, (steps - s) / (steps - WARMUP)))
    )
    model.train()
    sums, began, seen = np.zeros(4), time.perf_counter(), 0
    for step, batch in enumerate(itertools.islice(drawn, steps), start=1):
        ids, kinds, mask, starts, ends, answerable = tensors(batch, *special)
        with torch.autocast("cpu", torch.bfloat16):
            start, end, there = model(ids, kinds, mask)
        span = (functional.cross_entropy(start, starts) + functional.cross_entropy(end, ends)) / 2
        loss = span + 0.5 * functional.binary_cross_entropy_with_logits(there, answerable)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(learned, CLIP)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        hit = ((start.argmax(-1) == starts) & (end.argmax(-1) == ends) & (starts > 0)).sum() / answerable.sum().clamp(min=1)
        right = ((there > 0) == (answerable > 0)).float().mean()
        sums += [loss.item(), span.item(), hit.item(), right.item()]
        seen += len(batch)
        if step % REPORT == 0 or step == steps:
            count = step % REPORT or REPORT
            values = dict(zip(("loss", "span_loss", "exact", "answerable"), (sums / count).round(4).tolist(), strict=True))
            speed = round(seen / (time.perf_counter() - began), 1)
            print(json.dumps({"step": step, "of": steps, **values, "per_second": speed}), flush=True)
            sums = np.zeros(4)
            state = {name: value.to(torch.float16) for name, value in model.state_dict().items() if name != "words.weight"}
            torch.save(state, out.with_suffix(".part"))
            out.with_suffix(".part").replace(out)


if __name__ == "__main__":
    main()
