"""Train what encodes questions, not passages: `python -m training.fit_query_encoder DATA OUT.safetensors`.

The passages keep the vectors that an index holds; only the encoder of questions learns, as a low-rank change of its linear
layers, to which of all passages of a language a question belongs (as Karpukhin et al. 2020, https://arxiv.org/abs/2004.04906,
but with all passages in place of those of a batch, and one side alone, as Lee et al. 2021, https://arxiv.org/abs/2012.12624).
What is learnt is taken by a part (`SHARES`): weights between those before and after training lose less on other texts than
either (Wortsman et al. 2022, https://arxiv.org/abs/2109.01903).

OUT is `youju/embedding/query_encoder.safetensors`; docs/decisions/0051-an-encoder-for-questions.md tells what it gives. Twenty
minutes on two cores; seeds are fixed.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from importlib import resources
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import load_file
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional

from training.fit_query_shift import Searched, moved, recall
from training.low_rank import LowRank
from training.reader_data import Question
from training.reader_model import NAMES, ReaderNetwork
from training.reading_sets import load, xquad
from training.real_sets import WRITTEN, written
from training.train_reader import XQUAD_ARTICLES
from youju.embedding.base import Embedder, Vectors
from youju.embedding.factory import make_embedder
from youju.model_files import low_rank
from youju.settings import load_settings
from youju.text.language import detect_language

WAYS = (("en", "en"), ("zh", "zh"), ("zh", "en"), ("en", "zh"))
CHANGED = ("query", "key", "value", "out", "inner", "outer")
RANK, DROPOUT = 8, 0.1
STEPS, WARMUP, BATCH, RATE, TEMPERATURE, SEED = 420, 50, 128, 1e-3, 0.03, 1
ENCYCLOPAEDIAS = 0.3  # share of the batches
SHARES = (0.0, 0.3, 0.5, 1.0)  # of what was learnt
TAKEN = 0.3  # of these, in use
LONGEST = 128  # tokens of a question
PADDING = 1
REPORT = 60  # steps
NEAREST = 8  # passages
LEARNT_TOO = ("cmrc", "squad2")


class Remembering:
    """An embedder that embeds each passage once."""

    def __init__(self, embedder: Embedder) -> None:
        self.name, self.fingerprint, self.dimension = embedder.name, embedder.fingerprint, embedder.dimension
        self._embedder, self.count_tokens = embedder, embedder.count_tokens
        self._known: dict[str, Vectors] = {}

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        self._known.update(zip(new, self._embedder.embed_documents(new), strict=True))
        return np.stack([self._known[text] for text in texts])

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        return self._embedder.embed_queries(texts)

    def embed_retrieval_queries(self, texts: Sequence[str]) -> Vectors:
        return self._embedder.embed_retrieval_queries(texts)


class QuestionEncoder(nn.Module):
    """The embedder's encoder with low-rank changes: questions -> unit vectors, shape (questions, dimension)."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        prompts = json.loads((folder / "config_sentence_transformers.json").read_text(encoding="utf-8"))["prompts"]
        self._prompt = prompts["query"]
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        weights = load_file(folder / "model.safetensors")
        self.network = ReaderNetwork(weights, config["num_attention_heads"], config["layer_norm_eps"], DROPOUT)
        self.network.requires_grad_(False)
        self.changes: dict[str, LowRank] = {}
        for number, layer in enumerate(self.network.layers):
            for part in CHANGED:
                change = LowRank(getattr(layer, part), RANK)
                setattr(layer, part, change)
                self.changes[f"encoder.layer.{number}.{NAMES[part]}"] = change

    def take(self, share: float) -> None:
        """Add this share of what was learnt."""
        for change in self.changes.values():
            change.scale = share

    def forward(self, questions: Sequence[str]) -> Tensor:
        encoded = [one.ids[:LONGEST] for one in self._tokenizer.encode_batch([self._prompt + text for text in questions])]
        length = max(map(len, encoded))
        ids = torch.tensor([[*one, *[PADDING] * (length - len(one))] for one in encoded])
        mask = torch.tensor([[1.0] * len(one) + [0.0] * (length - len(one)) for one in encoded])
        network = self.network
        with torch.autocast("cpu", torch.bfloat16):
            hidden = network.norm(network.words(ids) + network.positions[:length] + network.kinds[torch.zeros_like(ids)])
            for layer in network.layers:
                hidden = layer(hidden, (1 - mask)[:, None, None, :] * -1e4)
        return functional.normalize((hidden.float() * mask[..., None]).sum(1), dim=1)


def shifts() -> dict[str, Tensor]:
    """ "zh en" -> what is added to a Chinese question that searches English passages; nothing within a language."""
    fitted = json.loads((resources.files("service.retrieval") / "shifts.json").read_text(encoding="utf-8"))["shifts"]
    return {way: torch.tensor(vector) for way, vector in fitted.items()}


def searched(sets: Sequence[Sequence[Question]], embedder: Embedder) -> list[list[Searched]]:
    """Each set in each direction of languages in which it has questions."""
    return [[Searched(some, *way, embedder) for way in WAYS if _has(some, *way)] for some in sets]


def _has(questions: Sequence[Question], asked: str, answered: str) -> bool:
    return any(q.span and detect_language(q.text) == asked and detect_language(q.paragraph.text) == answered for q in questions)


def train(encoder: QuestionEncoder, trained: Sequence[Sequence[Searched]], steps: int) -> None:
    """A batch is of one set and direction, each question of a set drawn alike often."""
    learned = [change.down for change in encoder.changes.values()] + [change.up for change in encoder.changes.values()]
    optimizer = torch.optim.AdamW(learned, lr=RATE, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda s: min((s + 1) / WARMUP, max(0.02, (steps - s) / steps)))
    drawn, added = np.random.default_rng(SEED), shifts()
    encoder.train()
    losses: list[float] = []
    for step in range(1, steps + 1):
        some = trained[int(drawn.random() < ENCYCLOPAEDIAS)]
        sizes = np.array([len(one.right) for one in some])
        one = some[int(drawn.choice(len(some), p=sizes / sizes.sum()))]
        rows = drawn.choice(len(one.right), min(BATCH, len(one.right)), replace=False)
        there = moved(encoder([one.texts[row] for row in rows]), added.get(f"{one.asked} {one.answered}", torch.zeros(())))
        loss = functional.cross_entropy(there @ one.vectors.T / TEMPERATURE, torch.tensor(one.right[rows]))
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(learned, 1.0)
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
        if step % REPORT == 0 or step == steps:
            print(f"step {step} of {steps}: loss {np.mean(losses[-REPORT:]):.3f}", flush=True)


def told(encoder: QuestionEncoder, judged: Sequence[Sequence[Searched]]) -> None:
    """Print how often the passage that answers is found among the first, by share of what was learnt, and how many times as far
    above the average passage the nearest ones are as without (the `scale` of `service/retrieval/shifts.json`)."""
    encoder.eval()
    added, lifts = shifts(), dict[int, float]()
    for share in SHARES:
        encoder.take(share)
        for name, some in zip(("written", "xquad"), judged, strict=True):
            for one in some:
                with torch.no_grad():
                    parts = [encoder(one.texts[start : start + BATCH]) for start in range(0, len(one.texts), BATCH)]
                one.questions = torch.cat(parts)
                shift = added.get(f"{one.asked} {one.answered}", torch.zeros(()))
                wider = lift(one, shift) / lifts.setdefault(id(one), lift(one, shift))  # the first share is none
                print(f"{share} {one.asked} -> {one.answered}, {name}: {recall(one, shift)}, lift x{wider:.2f}", flush=True)


def lift(one: Searched, shift: Tensor) -> float:
    """By how much more similar the nearest passages are than the average one, in the mean."""
    scores = moved(one.questions, shift) @ one.vectors.T
    return float((scores.topk(min(NEAREST, scores.shape[1])).values.mean(1) - scores.mean(1)).mean())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--steps", type=int, default=STEPS)
    arguments = parser.parse_args()
    torch.manual_seed(SEED)
    settings = load_settings()
    embedder = Remembering(make_embedder(settings))
    articles, data = set(XQUAD_ARTICLES), arguments.data
    encyclopaedias = [one for one in load(data, articles) if one.corpus in LEARNT_TOO or one.corpus.startswith("xquad")]
    trained = searched((written(WRITTEN), encyclopaedias), embedder)
    judged = searched((written(WRITTEN, for_judging=True), xquad(data / "xquad", articles, others=True)), embedder)
    print([(one.asked, one.answered, len(one.right), len(one.vectors)) for some in trained for one in some], flush=True)
    encoder = QuestionEncoder(settings.cache_dir / "models" / settings.embedding_model)
    train(encoder, trained, arguments.steps)
    changes = {
        name: (change.down.detach().numpy(), TAKEN * change.up.detach().numpy()) for name, change in encoder.changes.items()
    }
    low_rank.save(changes, arguments.out, {"embedder": embedder.name})
    told(encoder, judged)


if __name__ == "__main__":
    main()
