"""Train the reader: `python -m training.train_reader DATA OUT --examples 60000`.

Writes OUT (a torch checkpoint) at each report. About 20 examples a second on two cores with bfloat16 matrices. What a source
of questions or a head gave is told by training without it (`--without office`, `--without relevance`).
"""

from __future__ import annotations

import argparse
import itertools
import json
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import load_file
from tokenizers import Tokenizer
from torch.nn import functional

from service.reading import weights as reader_weights
from training.reader_data import Example, Group, Question, Sampler, find_neighbours, prepared
from training.reader_model import ReaderNetwork
from training.reading_sets import load
from training.real_sets import WRITTEN, policies, tables, written
from youju.embedding.factory import make_embedder
from youju.settings import load_settings

BATCH = 32
STEP = 16  # lengths are rounded up: the kernels are compiled anew for each length, and kept
POOLED = 1280  # questions that are sorted by length together
WARMUP = 120
RATE, DECAY, CLIP = 2e-4, 0.01, 1.0
SCALE = 1.4  # of the logits that are compared between passages
REPORT = 100  # batches
FIGURES = ("span", "answerable", "relevance", "exact", "answerable_right", "first")
HEADS = FIGURES[:3]
XQUAD = ("xquad-en-en", "xquad-zh-zh", "xquad-en-zh", "xquad-zh-en")
WEIGHTS = {
    "drcd": 0.05, "drcd-s": 0.15, "cmrc": 0.3, "nq": 0.4, "squad2": 0.5, **dict.fromkeys(XQUAD, 0.5),
    "policy": 0.1, "tables": 1.5, "written": 1.0,
}  # fmt: skip
XQUAD_ARTICLES = (
    "Normans Computational_complexity_theory Southern_California Sky_(United_Kingdom) Victoria_(Australia) Huguenot "
    "Steam_engine Oxygen 1973_oil_crisis European_Union_law Amazon_rainforest"
).split()
"""Articles of the SQuAD 2.0 subset; no other article of XQuAD is trained on."""


def batches(questions: Sequence[Question], seed: int, tokens: int | None = None) -> Iterator[list[Group]]:
    """Batches of about `BATCH` passages, or of so many tokens, of nearly equal length without end."""
    sampler = Sampler(seed)
    groups = itertools.chain.from_iterable(sampler.epoch(questions, WEIGHTS) for _ in itertools.count())
    order = np.random.default_rng(seed)
    while True:
        pool: list[list[Group]] = [[]]
        for group in sorted(itertools.islice(groups, POOLED), key=lambda one: one.length):
            passages = sum(len(one.examples) for one in pool[-1]) + len(group.examples)
            if pool[-1] and (passages > BATCH if tokens is None else passages * group.length > tokens):
                pool.append([])
            pool[-1].append(group)
        for place in order.permutation(len(pool)):
            yield pool[place]


def tensors(batch: Sequence[Example], bos: int, eos: int, pad: int) -> tuple[torch.Tensor, ...]:
    """ids, kinds, mask (batch × length), start and end (batch; 0 for no answer)."""
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
    return ids, kinds, mask, starts, ends


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--examples", type=int, default=60000)
    parser.add_argument("--start", type=Path, help="checkpoint, or reader as it is kept, to go on from")
    parser.add_argument("--seed", type=int, default=7, help="another one when going on, so that other windows are drawn")
    parser.add_argument("--written", type=Path, default=WRITTEN, help="questions of this project")
    parser.add_argument("--rate", type=float, default=RATE, help="highest learning rate")
    parser.add_argument("--dropout", type=float, default=0.1)
    parser.add_argument("--tokens", type=int, help=f"of a batch, in place of {BATCH} passages: 65000 for a GPU")
    parser.add_argument("--without", nargs="*", default=[], help=f"sources (manual, policy, nq, ...) or losses: {HEADS}")
    arguments = parser.parse_args()
    torch.manual_seed(arguments.seed)
    torch.set_num_threads(2)
    settings = load_settings()
    folder = settings.cache_dir / "models" / "multilingual-e5-small"
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    special = [number for token in ("<s>", "</s>", "<pad>") if (number := tokenizer.token_to_id(token)) is not None]
    questions = load(arguments.data, set(XQUAD_ARTICLES)) + written(arguments.written)
    questions += policies(arguments.data) + tables(arguments.data, arguments.seed)
    questions = [one for one in questions if not {one.corpus, one.source} & set(arguments.without)]
    questions = prepared(questions, tokenizer)
    find_neighbours(questions, make_embedder(settings))
    counts = Counter(question.corpus for question in questions)
    print(json.dumps({"seed": arguments.seed, "questions": counts}), flush=True)
    config = json.loads((folder / "config.json").read_text())
    base = load_file(folder / "model.safetensors")
    kept = arguments.start is not None and arguments.start.suffix == ".safetensors"
    weights = reader_weights.load(arguments.start, base) if kept else base
    model = ReaderNetwork(weights, config["num_attention_heads"], config["layer_norm_eps"], arguments.dropout)
    if arguments.start and not kept:
        print(model.load_state_dict(torch.load(arguments.start), strict=False), flush=True)
    model.to("cuda" if torch.cuda.is_available() else "cpu")
    drawn = batches(questions, arguments.seed, arguments.tokens)
    trained = [head for head in HEADS if head not in arguments.without]
    train(model, drawn, special, arguments.examples, arguments.out, arguments.rate, trained)


def loss_of(
    found: tuple[torch.Tensor, ...], batch: Sequence[Group], starts: torch.Tensor, ends: torch.Tensor,
    trained: Sequence[str] = HEADS,
) -> tuple[torch.Tensor, list[float]]:  # fmt: skip
    """The sum of the losses that are `trained`, and all by themselves: span, answerable, relevance; then shares: spans that are
    exact, passages that are rightly said to hold an answer or none, and answering passages that are first of their group."""
    start, end, there = found
    answerable = (starts > 0).float()
    span = (functional.cross_entropy(start, starts) + functional.cross_entropy(end, ends)) / 2
    judged = functional.binary_cross_entropy_with_logits(there, answerable)
    firsts = list(itertools.accumulate((len(group.examples) for group in batch), initial=0))
    groups = [(a, b) for a, b in itertools.pairwise(firsts) if b - a > 1 and starts[a] > 0]
    ranks = [functional.log_softmax(SCALE * there[a:b], 0)[0] for a, b in groups]
    rank = -torch.stack(ranks).mean() if ranks else there.new_zeros(())
    hit = ((start.argmax(-1) == starts) & (end.argmax(-1) == ends) & (starts > 0)).sum() / answerable.sum().clamp(min=1)
    right = ((there > 0) == (answerable > 0)).float().mean()
    ahead = [float(int(there[a:b].argmax()) == 0) for a, b in groups]
    values = [span.item(), judged.item(), rank.item(), hit.item(), right.item()]
    values.append(float(np.mean(ahead)) if ahead else np.nan)
    losses = dict(zip(HEADS, (span, judged, rank), strict=True))
    return torch.stack([losses[head] for head in trained]).sum(), values


def train(
    model: ReaderNetwork, drawn: Iterator[list[Group]], special: Sequence[int], examples: int, out: Path, rate: float,
    trained: Sequence[str] = HEADS,
) -> None:  # fmt: skip
    """Until so many passages were read."""
    device = next(model.parameters()).device
    learned = [parameter for parameter in model.parameters() if parameter.requires_grad]
    matrices = [p for p in learned if p.dim() > 1]
    groups = [
        {"params": matrices, "weight_decay": DECAY},
        {"params": [p for p in learned if p.dim() <= 1], "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(groups, lr=rate, fused=True, betas=(0.9, 0.98))
    model.train()
    sums: list[list[float]] = []
    began, seen = time.perf_counter(), 0
    for step, batch in enumerate(drawn, start=1):
        for group in optimizer.param_groups:
            group["lr"] = rate * min(step / WARMUP, 1 - seen / examples)
        read = tensors([one for group in batch for one in group.examples], *special)
        ids, kinds, mask, starts, ends = (tensor.to(device) for tensor in read)
        with torch.autocast(device.type, torch.bfloat16):
            found = model(ids, kinds, mask)
        loss, values = loss_of(found, batch, starts, ends, trained)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(learned, CLIP)
        optimizer.step()
        optimizer.zero_grad()
        sums.append(values)
        seen += len(ids)
        if step % REPORT == 0 or seen >= examples:
            means = np.nanmean(np.array(sums), 0).round(4).tolist()
            speed = round(seen / (time.perf_counter() - began), 1)
            print(
                json.dumps({"seen": seen, "of": examples, **dict(zip(FIGURES, means, strict=True)), "per_second": speed}),
                flush=True,
            )
            sums = []
            state = {name: value.to(torch.float16) for name, value in model.state_dict().items() if name != "words.weight"}
            torch.save(state, out.with_suffix(".part"))
            out.with_suffix(".part").replace(out)
        if seen >= examples:
            break


if __name__ == "__main__":
    main()
