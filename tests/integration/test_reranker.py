"""A cross-encoder of sentence-transformers beside a reader. The model is made here: no network, no package that carries one."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import transformers
from tokenizers import Tokenizer, models, pre_tokenizers, processors

from service.reading import make_reader
from service.reading.reranker import RerankingReader
from tests.fakes import FindingReader, HashingEmbedder
from youju.errors import ModelUnavailable
from youju.settings import Settings

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "how", "long", "battery", "lasts", "months", "box", "blue", "电池", "manual"]
PASSAGES = [("Manual", "the box is blue"), ("", "battery lasts months"), ("", "电池"), ("Manual", "")]


def a_cross_encoder(folder: Path, labels: int) -> Path:
    """The files that every cross-encoder on a hub consists of, with random weights."""
    torch.manual_seed(7)
    tokenizer = Tokenizer(models.WordLevel({word: number for number, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]",
        model_max_length=64,
    ).save_pretrained(folder)  # fmt: skip
    config = transformers.BertConfig(
        vocab_size=len(WORDS), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
        max_position_embeddings=64, num_labels=labels, initializer_range=1.0,
    )  # fmt: skip
    transformers.BertForSequenceClassification(config).save_pretrained(folder)
    return folder


def logits(folder: Path, question: str, passage: tuple[str, str]) -> list[float]:
    """What the network itself says of one pair."""
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    network = transformers.AutoModelForSequenceClassification.from_pretrained(folder).eval()
    with torch.inference_mode():
        found: list[float] = (
            network(**tokenizer(question, "\n".join(filter(None, passage)), return_tensors="pt")).logits[0].tolist()
        )
    return found


@pytest.mark.parametrize("labels", [1, 2])
def test_each_passage_has_the_networks_own_logit_beside_what_was_read(tmp_path: Path, labels: int) -> None:
    folder = a_cross_encoder(tmp_path / "model", labels)
    below = FindingReader("months", "box")
    reader = RerankingReader(below, folder, "cpu")
    readings = reader.read("how long", PASSAGES)
    assert reader.name == below.name
    assert [(one.spans, one.answerable) for one in readings] == [
        (one.spans, one.answerable) for one in below.read("how long", PASSAGES)
    ]
    expected = [logits(folder, "how long", passage) for passage in PASSAGES]
    told = [row[0] if labels == 1 else row[1] - row[0] for row in expected]
    assert [one.relevance for one in readings] == pytest.approx(told, abs=1e-4)
    assert len({round(one, 3) for one in told}) > 1
    assert reader.read("how long", []) == []


def test_a_model_that_does_not_rank_is_refused(tmp_path: Path) -> None:
    for folder in (a_cross_encoder(tmp_path / "kinds", 3), tmp_path):
        with pytest.raises(ModelUnavailable, match=str(folder)) as caught:
            RerankingReader(FindingReader(), folder, "cpu")
        assert "YOUJU_READER" in caught.value.advice


@pytest.mark.models
def test_the_setting_takes_a_folder(tmp_path: Path, e5_folder: Path) -> None:
    folder = a_cross_encoder(tmp_path / "model", 1)
    reader = make_reader(Settings(reader=str(folder), embedding_device="cpu"), HashingEmbedder())
    (reading,) = reader.read("How long does the battery last?", [("", "The battery lasts 24 months.")])
    assert reader.name == "e5-small-reader"
    assert reading.spans
    assert reading.relevance is not None


def test_a_name_that_is_nothing_is_refused_with_what_there_is(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="e5-small-reader, similarity"):
        make_reader(Settings(reader="bge", cache_dir=tmp_path), HashingEmbedder())
