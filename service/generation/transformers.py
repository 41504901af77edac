"""Any causal model in Hugging Face's format, or a GGUF file, through transformers; on a GPU when there is one."""

from __future__ import annotations

import asyncio
import contextlib
import struct
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import torch
import transformers

from service.generation.base import Delta, Message, Sampling
from youju.errors import GeneratorUnavailable, to_install

ADVICE = "Set YOUJU_GENERATOR_MODEL to a folder with a causal language model, or YOUJU_GENERATOR to another generator."
MORE = f"Run {to_install('transformers')}, or set YOUJU_GENERATOR to another generator."


class Transformers:
    """A `Generator` over `AutoModelForCausalLM`. bfloat16 on a GPU, float32 on a CPU. One answer at a time; others wait."""

    def __init__(self, model: Path, context_tokens: int) -> None:
        """
        Args:
            model: a folder with a model and its tokenizer, or a GGUF file.

        Raises:
            GeneratorUnavailable: it cannot be loaded.
        """
        self.name = model.stem if model.suffix == ".gguf" else model.name
        self.context_tokens = context_tokens
        self.device, precision = _device()
        self._turn = asyncio.Lock()
        folder, options = (model.parent, {"gguf_file": model.name}) if model.suffix == ".gguf" else (model, {})
        transformers.utils.logging.set_verbosity_error()
        transformers.utils.logging.disable_progress_bar()
        try:
            self._tokenizer = transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True, **options)
            network = transformers.AutoModelForCausalLM.from_pretrained(
                folder, dtype=precision, local_files_only=True, **options
            )
        except (OSError, ValueError, KeyError, ImportError, RuntimeError, struct.error) as error:
            reason = str(error).strip().splitlines()[0]
            advice = MORE if isinstance(error, ImportError) else ADVICE
            raise GeneratorUnavailable(f"{model} cannot be loaded: {reason}", advice) from error
        self._network: Any = network.to(self.device).eval()
        try:
            self._inputs([Message("system", "x"), Message("user", "x")])
        except Exception as error:
            raise GeneratorUnavailable(f"{model} has no chat template for system and user: {error}", ADVICE) from error

    async def stream(self, messages: Sequence[Message], sampling: Sampling) -> AsyncGenerator[Delta]:
        async with self._turn:
            inputs = self._inputs(messages)
            prompt_tokens = int(inputs["input_ids"].shape[1])
            run = _Run(self._network, self._tokenizer, inputs, sampling)
            try:
                async for text in run:
                    yield Delta(text)
            finally:
                await run.stop()
            yield Delta("", prompt_tokens, run.written)

    def _inputs(self, messages: Sequence[Message]) -> Any:
        chat = [{"role": message.role, "content": message.content} for message in messages]
        return self._tokenizer.apply_chat_template(chat, add_generation_prompt=True, return_tensors="pt", return_dict=True).to(
            self.device
        )

    async def weigh(self, messages: Sequence[Message], words: Sequence[str]) -> Sequence[float] | None:
        """From the logits of the first token of each word; None if two begin alike."""
        firsts = [self._tokenizer(word, add_special_tokens=False)["input_ids"][0] for word in words]
        if len(set(firsts)) < len(firsts):
            return None
        async with self._turn:
            try:
                logits = await asyncio.to_thread(self._first_logits, messages)
            except RuntimeError as error:
                raise GeneratorUnavailable(f"the model failed: {error}.", ADVICE) from error
        weights: list[float] = logits.log_softmax(-1)[firsts].tolist()
        return weights

    def _first_logits(self, messages: Sequence[Message]) -> Any:
        with torch.inference_mode():
            return self._network(**self._inputs(messages), logits_to_keep=1).logits[0, -1].float()

    async def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Exact, by the model's own tokenizer."""
        return [len(ids) for ids in self._tokenizer(list(texts), add_special_tokens=False)["input_ids"]] if texts else []

    async def check(self) -> None:
        """A loaded model always answers."""

    async def close(self) -> None:
        self._network = None


class _Run:
    """One generation in a thread of its own; iterating yields text as it comes."""

    def __init__(self, network: Any, tokenizer: Any, inputs: Any, sampling: Sampling) -> None:
        self.written = 0
        self._cancelled = threading.Event()
        self._error: BaseException | None = None
        self._streamer = transformers.AsyncTextIteratorStreamer(tokenizer, skip_prompt=True, skip_special_tokens=True)
        self._arguments = dict(
            **inputs,
            max_new_tokens=sampling.max_tokens,
            streamer=self._streamer,
            stopping_criteria=transformers.StoppingCriteriaList([self._stopping]),
            **_choices(sampling),
        )
        self._network, self._seed = network, sampling.seed
        self._thread = threading.Thread(target=self._work, daemon=True)

    def __aiter__(self) -> AsyncIterator[str]:
        return self._texts()

    async def stop(self) -> None:
        """Stop after the current token and wait for the thread."""
        self._cancelled.set()
        if self._thread.is_alive():
            await asyncio.to_thread(self._thread.join)

    async def _texts(self) -> AsyncIterator[str]:
        self._thread.start()
        async for text in self._streamer:
            if text:
                yield text
        if self._error is not None:
            raise GeneratorUnavailable(f"the model failed: {self._error}.", ADVICE) from self._error

    def _stopping(self, input_ids: Any, scores: Any, **_: Any) -> Any:
        self.written += 1
        return torch.full((input_ids.shape[0],), self._cancelled.is_set(), dtype=torch.bool, device=input_ids.device)

    def _work(self) -> None:
        try:
            if self._seed is not None:
                torch.manual_seed(self._seed)
            with torch.inference_mode():
                self._network.generate(**self._arguments)
        except Exception as error:  # noqa: BLE001 - the end of a thread: whatever it is, the reader has to hear of it
            self._error = error
            with contextlib.suppress(RuntimeError):  # the loop may be gone already
                self._streamer.end()


def _choices(sampling: Sampling) -> dict[str, Any]:
    if sampling.temperature == 0:
        return {"do_sample": False, "temperature": None, "top_p": None, "top_k": None}
    return {"do_sample": True, "temperature": sampling.temperature, "top_p": sampling.top_p, "top_k": None}


def _device() -> tuple[str, torch.dtype]:
    if torch.cuda.is_available():
        return "cuda", torch.bfloat16
    if torch.backends.mps.is_available():
        return "mps", torch.float16
    return "cpu", torch.float32
