"""What every generator promises, checked on each of them with real models and real servers."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator
from http.client import parse_headers
from pathlib import Path
from typing import Any, cast

import pytest
import torch
import transformers
import xllamacpp
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from service.generation import Generator, Message, Sampling, make_generator, prefers
from service.generation.llamacpp import LlamaCpp
from service.generation.openai_compatible import OpenAICompatible
from service.generation.openvino.generator import OpenVino
from service.generation.transformers import Transformers
from youju.errors import GeneratorUnavailable
from youju.settings import Settings

pytestmark = pytest.mark.models

CHAT = [Message("system", "You answer in one word."), Message("user", "What is the capital of France?")]
Make = Callable[[], Generator]


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Hugging Face folder with a very small model of random weights and a byte-pair tokenizer."""
    folder = tmp_path_factory.mktemp("tiny")
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=300, special_tokens=["<end>"], initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    tokenizer.train_from_iterator(["the capital of France is Paris"], trainer)
    wrapped = transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<end>", pad_token="<end>")
    wrapped.chat_template = "{% for m in messages %}{{ m.role }} {{ m.content }} {% endfor %}assistant "
    wrapped.save_pretrained(folder)
    torch.manual_seed(20261123)
    config = transformers.Qwen2Config(
        vocab_size=len(wrapped), hidden_size=16, intermediate_size=32, num_hidden_layers=2, num_attention_heads=2,
        num_key_value_heads=2, max_position_embeddings=2048, eos_token_id=0, pad_token_id=0,
    )  # fmt: skip
    transformers.Qwen2ForCausalLM(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def second_server(small_gguf: Path) -> Iterator[str]:
    """A server with an OpenAI-style endpoint, as somebody else would run it; returns its base address."""
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(small_gguf)
    parameters.n_ctx, parameters.n_parallel, parameters.verbosity = 2048, 1, -1
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = 2
    parameters.port, parameters.ui, parameters.api_keys = 0, False, ["secret"]
    server = xllamacpp.Server(parameters)
    yield f"{server.listening_address}/v1"
    del server


@pytest.fixture(scope="session")
def llamacpp(small_gguf: Path) -> Generator:
    return LlamaCpp(small_gguf, 2048, threads=2)


@pytest.fixture(scope="session")
def openvino(small_gguf: Path, cache_dir: Path) -> Iterator[OpenVino]:
    """Loaded once: it takes seconds."""
    generator = OpenVino(small_gguf, cache_dir, 2048, threads=2)
    yield generator
    asyncio.run(generator.close())


@pytest.fixture(params=["llamacpp", "openvino", "openai_compatible", "transformers", "transformers_gguf"])
def make(request: pytest.FixtureRequest) -> Make:
    match request.param:
        case "llamacpp":
            gguf = request.getfixturevalue("small_gguf")
            return lambda: LlamaCpp(gguf, 2048, threads=2)
        case "openvino":
            shared = request.getfixturevalue("openvino")
            return lambda: shared
        case "openai_compatible":
            address = request.getfixturevalue("second_server")
            return lambda: OpenAICompatible(address, "any", "secret")
        case "transformers":
            folder = request.getfixturevalue("tiny_model")
            return lambda: Transformers(folder, 2048)
        case _:
            loaded = request.getfixturevalue("loaded_gguf")
            return lambda: loaded


@pytest.fixture(scope="session")
def loaded_gguf(small_gguf: Path) -> Generator:
    """Loaded once: transformers takes its time with a GGUF file."""
    return Transformers(small_gguf, 2048)


def with_generator(make: Make, work: Callable[[Generator], Awaitable[Any]]) -> Any:
    """Run in a loop of its own; the generator is closed at the end unless it is shared."""

    async def run() -> Any:
        generator = make()
        try:
            return await work(generator)
        finally:
            if not isinstance(generator, Transformers | OpenVino):
                await generator.close()

    return asyncio.run(run())


async def text_of(generator: Generator, sampling: Sampling, chat: list[Message] = CHAT) -> tuple[str, int | None, int | None]:
    pieces = [piece async for piece in generator.stream(chat, sampling)]
    assert all(piece.text or piece is pieces[-1] for piece in pieces)
    return "".join(piece.text for piece in pieces), pieces[-1].prompt_tokens, pieces[-1].completion_tokens


def test_greedy_answers_repeat_and_tokens_are_counted(make: Make) -> None:
    async def work(generator: Generator) -> None:
        first = await text_of(generator, Sampling(8))
        second = await text_of(generator, Sampling(8))
        assert first[0] == second[0] != ""
        assert first[1] == second[1]
        assert first[1] is not None
        assert first[2] is not None
        assert first[1] > 5
        assert 1 <= first[2] <= 9

    with_generator(make, work)


def test_a_seed_makes_sampling_repeat(make: Make) -> None:
    async def work(generator: Generator) -> None:
        sampling = Sampling(8, temperature=1.5, top_p=0.95, seed=7)
        assert (await text_of(generator, sampling))[0] == (await text_of(generator, sampling))[0]

    with_generator(make, work)


def test_the_limit_of_tokens_holds(make: Make) -> None:
    async def work(generator: Generator) -> None:
        _, _, written = await text_of(generator, Sampling(3))
        assert written is not None
        assert written <= 3

    with_generator(make, work)


def test_leaving_early_frees_the_generator(make: Make) -> None:
    async def work(generator: Generator) -> None:
        stream = generator.stream([Message("user", "Count from one to one thousand.")], Sampling(1500))
        await anext(stream)
        await stream.aclose()
        text, _, _ = await asyncio.wait_for(text_of(generator, Sampling(2)), 60)
        assert text

    with_generator(make, work)


def test_tokens_of_texts_are_counted(make: Make) -> None:
    async def work(generator: Generator) -> None:
        short, long = await generator.count_tokens(["the capital", "the capital of France is the capital"])
        assert 0 < short < long
        assert await generator.count_tokens([]) == []
        await generator.check()

    with_generator(make, work)


ASKED_FOR_A_WORD = [Message("user", "What is the capital of France? Answer with one word.")]


def test_odds_of_two_words_at_the_beginning(make: Make) -> None:
    async def work(generator: Generator) -> None:
        there, back = [await prefers(generator, ASKED_FOR_A_WORD, *words) for words in (("P", "x"), ("x", "P"))]
        if there is None or back is None:  # neither among what a server tells
            assert isinstance(generator, OpenAICompatible)
            return
        assert there == pytest.approx(-back, abs=0.5)  # what is kept of a prompt is rounded, and read anew it is not

    with_generator(make, work)


@pytest.fixture(params=["llamacpp", "openvino", "second_server", "loaded_gguf"])
def real(request: pytest.FixtureRequest) -> Generator:
    """Each way to run the real model."""
    found = request.getfixturevalue(request.param)
    return OpenAICompatible(found, "any", "secret") if isinstance(found, str) else cast(Generator, found)


def test_a_real_model_prefers_what_is_right(real: Generator) -> None:
    odds = asyncio.run(prefers(real, ASKED_FOR_A_WORD, "Paris", "London"))
    assert odds is not None
    assert 1.5 < odds < 9.0  # it is the same model


def test_a_real_model_answers_sensibly(real: Generator) -> None:
    text, _, _ = asyncio.run(text_of(real, Sampling(16)))
    assert "Paris" in text


def test_characters_of_several_tokens_arrive_whole(real: Generator) -> None:
    text, _, _ = asyncio.run(text_of(real, Sampling(24), [Message("user", "重复这一行：龘龘𠮷野家")]))
    assert "龘" in text
    assert "\ufffd" not in text


def test_cancelling_while_the_prompt_is_read_frees_the_slot(small_gguf: Path) -> None:
    async def work(generator: Generator) -> None:
        long = [Message("user", "word " * 1500)]
        reading = asyncio.create_task(text_of(generator, Sampling(64), long))
        await asyncio.sleep(0)  # let it send the request
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(reading, 1.0)
        assert reading.cancelled()
        assert (await asyncio.wait_for(text_of(generator, Sampling(2)), 60))[0]

    with_generator(lambda: LlamaCpp(small_gguf, 2048, threads=2), work)


def test_make_generator_takes_the_settings(tiny_model: Path, small_gguf: Path, second_server: str) -> None:
    assert isinstance(make_generator(Settings(generator="transformers", generator_model=str(tiny_model))), Transformers)
    remote = make_generator(Settings(generator="openai_compatible", generator_url=second_server, generator_model="m"))
    assert isinstance(remote, OpenAICompatible)
    local = make_generator(Settings(generator="llamacpp", generator_model=str(small_gguf)))
    assert isinstance(local, LlamaCpp)


BAD: dict[str, Callable[[Path], Generator]] = {
    "llamacpp": lambda bad: LlamaCpp(bad, 512, 1),
    "transformers": lambda bad: Transformers(bad, 512),
    "openvino": lambda bad: OpenVino(bad, bad.parent / "cache", 512, 1),
}


@pytest.mark.parametrize("make_bad", BAD.values(), ids=BAD)
def test_a_file_that_is_no_model_is_refused(make_bad: Callable[[Path], Generator], tmp_path: Path) -> None:
    bad = tmp_path / "bad.gguf"
    bad.write_bytes(b"GGUF but not really")
    with pytest.raises(GeneratorUnavailable, match="cannot be loaded"):
        make_bad(bad)


# Servers that misbehave, on a plain socket: what a proxy or a dying process really sends.


def read_request(connection: socket.socket) -> None:
    with connection.makefile("rb") as stream:
        stream.readline()
        stream.read(int(parse_headers(stream).get("content-length", "0")))


@contextlib.contextmanager
def socket_server(reply: bytes) -> Iterator[str]:
    """Reads a request from every connection, answers with these bytes and closes it."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                # a close before all was read would reset the connection, and the client might never see the reply
                read_request(connection)
                connection.sendall(reply)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"
BROKEN = {
    "error status": (b"HTTP/1.1 500 X\r\ncontent-length: 4\r\nconnection: close\r\n\r\noops", "answered 500: oops"),
    "wrong key": (b"HTTP/1.1 401 X\r\ncontent-length: 6\r\nconnection: close\r\n\r\nno key", "answered 401"),
    "cut stream": (HEAD + b'data: {"choices": [{"delta": {"content": "a"}}]}\n\n', "broke off"),
    "cut body": (HEAD.replace(b"close\r\n", b"close\r\ncontent-length: 99\r\n") + b"data: {}\n\n", "broke off"),
    "not json": (HEAD + b"data: {oops\n\n", "no JSON"),
    "not an object": (HEAD + b"data: [1]\n\n", "no object"),
    "error event": (HEAD + b'data: {"error": {"message": "out of memory"}}\n\n', "out of memory"),
    "no answer": (b"", "does not answer"),
}


@pytest.mark.parametrize("name", sorted(BROKEN))
def test_broken_servers_are_unavailable(name: str) -> None:
    reply, reason = BROKEN[name]
    with socket_server(reply) as address, pytest.raises(GeneratorUnavailable, match=reason):
        with_generator(lambda: OpenAICompatible(address, "m", timeout=5), lambda g: text_of(g, Sampling(4)))


def test_a_server_that_tells_no_probabilities_leaves_it_open() -> None:
    reply = HEAD + b'data: {"choices": [{"delta": {"content": "Yes"}}]}\n\ndata: [DONE]\n\n'
    with socket_server(reply) as address:
        remote: Make = lambda: OpenAICompatible(address, "m", timeout=5)  # noqa: E731
        assert with_generator(remote, lambda g: prefers(g, CHAT, "Yes", "No")) is None


def test_no_server_at_all() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    make: Make = lambda: OpenAICompatible(f"http://127.0.0.1:{port}/v1", "m")  # noqa: E731
    with pytest.raises(GeneratorUnavailable, match="YOUJU_GENERATOR_URL"):
        with_generator(make, lambda g: text_of(g, Sampling(4)))
    with pytest.raises(GeneratorUnavailable):
        with_generator(make, lambda g: g.check())


def test_a_wrong_key_is_reported(second_server: str) -> None:
    with pytest.raises(GeneratorUnavailable, match="401"):
        with_generator(lambda: OpenAICompatible(second_server, "m", "wrong"), lambda g: text_of(g, Sampling(4)))
