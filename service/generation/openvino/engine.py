"""The process that computes: started as a script, so that it loads nothing of Youju. Tokens in, tokens out, as lines of JSON.

    {"id": 1, "do": "write", "prompt": [...], "most": 192, "temperature": 0.0, "top_p": 1.0, "seed": 7}
        -> {"id": 1, "tokens": [...]} ... {"id": 1, "done": true}
    {"id": 2, "do": "weigh", "prompt": [...], "words": ["Yes", "No"]}   log probability that it begins with each
        -> {"id": 2, "weights": [-0.4, -1.1]}
    {"id": 1, "do": "stop"}

What goes wrong with a request is {"id": 1, "error": "..."}. It ends when nobody speaks to it any more. Between two steps, each
of at most READ_AT_ONCE tokens of prompts, it looks for messages: that is how long stopping takes.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import re
import select
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import openvino as ov
import openvino_genai as genai

READ_AT_ONCE = 64  # tokens of prompts read in one step; with more a stop would wait longer, with fewer reading is slower
GUESSED, ALIKE = 3, 2  # an answer quotes: what followed the same two tokens in the prompt is tried, three tokens in one step
KV_BLOCK = 32  # tokens
MADV_DONTNEED = 4
CHOICES_AT_ONCE = 2  # requests of a "weigh"


def convert(gguf: str) -> None:
    """Write the graphs of the model and its tokenizer beside the GGUF file."""
    tokenizer = genai.Tokenizer(gguf, enable_save_ov_model=True)
    genai.ContinuousBatchingPipeline(gguf, tokenizer, genai.SchedulerConfig(), "CPU", enable_save_ov_model=True)


class Engine:
    """The model, and the requests that it works on."""

    def __init__(self, folder: Path, context: int, slots: int, threads: int, ends: list[int]) -> None:
        """`ends`: ids of the tokens that end an answer."""
        scheduler = genai.SchedulerConfig()
        scheduler.enable_prefix_caching = scheduler.dynamic_split_fuse = True
        scheduler.max_num_batched_tokens = READ_AT_ONCE
        scheduler.max_num_seqs = slots + CHOICES_AT_ONCE
        # Room for one context more than slots: what was read before stays until its room is needed.
        scheduler.num_kv_blocks = (slots + 1) * -(-context // KV_BLOCK)
        tokenizer = genai.Tokenizer(str(folder))
        self._pipeline = genai.ContinuousBatchingPipeline(
            str(folder),
            tokenizer,
            scheduler,
            "CPU",
            prompt_lookup=True,
            INFERENCE_NUM_THREADS=threads,
            ENABLE_CPU_PINNING=False,  # where other programs have work too, a thread that is bound to a core waits for them
        )
        self._ends = set(ends)
        self._handles: dict[int, list[genai.GenerationHandle]] = {}
        self._numbers = iter(range(1 << 62))
        self._weighed: dict[int, tuple[list[int], list[str]]] = {}  # prompt, and the words that still wait
        self._warm(tokenizer)

    @property
    def is_busy(self) -> bool:
        return bool(self._pipeline.has_non_finished_requests())

    def take(self, message: dict[str, Any]) -> None:
        """Begin, or stop, what a message asks for."""
        key = message["id"]
        match message["do"]:
            case "stop":
                for handle in self._handles.pop(key, []):
                    handle.stop()
            case "write":
                self._handles[key] = [self._add(message["prompt"], self._writing(message))]
            case "weigh":
                # One word first: the others then find the prompt read. Together each would read it for itself.
                first, *others = message["words"]
                self._handles[key] = [self._add(message["prompt"], self._weighing(first))]
                self._weighed[key] = (message["prompt"], others)

    def step(self) -> Iterator[dict[str, Any]]:
        """Compute a little further; gives what there is to tell."""
        self._pipeline.step()
        for key, handles in list(self._handles.items()):
            yield from self._weights(key, handles) if key in self._weighed else self._tokens(key, handles[0])
        for key in self._weighed.keys() - self._handles.keys():
            del self._weighed[key]

    def _tokens(self, key: int, handle: genai.GenerationHandle) -> Iterator[dict[str, Any]]:
        while handle.can_read():
            tokens = [token for output in handle.read().values() for token in output.generated_ids]
            yield {"id": key, "tokens": tokens}
        if handle.get_status() != genai.GenerationStatus.RUNNING:
            del self._handles[key]
            if handle.get_status() == genai.GenerationStatus.FINISHED:
                yield {"id": key, "done": True}
            else:
                yield {"id": key, "error": "there was no room for the prompt"}

    def _weights(self, key: int, handles: list[genai.GenerationHandle]) -> Iterator[dict[str, Any]]:
        if any(handle.get_status() == genai.GenerationStatus.RUNNING for handle in handles):
            return
        prompt, waiting = self._weighed[key]
        if waiting and handles[0].get_status() == genai.GenerationStatus.FINISHED:
            self._handles[key] = [*handles, *(self._add(prompt, self._weighing(word)) for word in waiting)]
            self._weighed[key] = (prompt, [])
            return
        del self._handles[key]
        found = [handle.read_all() for handle in handles]
        if all(outputs and outputs[0].generated_log_probs for outputs in found):
            yield {"id": key, "weights": [outputs[0].generated_log_probs[0] for outputs in found]}
        else:
            yield {"id": key, "error": "there was no room for the prompt"}

    def _add(self, prompt: list[int], config: genai.GenerationConfig) -> genai.GenerationHandle:
        return self._pipeline.add_request(next(self._numbers), ov.Tensor(np.array([prompt], np.int64)), config)

    def _writing(self, message: dict[str, Any]) -> genai.GenerationConfig:
        config = plain_config(message["most"])
        config.stop_token_ids = self._ends
        if message["temperature"] > 0:
            config.do_sample = True
            config.temperature, config.top_p = message["temperature"], message["top_p"]
            config.rng_seed = message["seed"]
        return config

    def _weighing(self, word: str) -> genai.GenerationConfig:
        """Nothing but this word may be written; the probability is told as it was before that was forced."""
        config = plain_config(1)
        config.logprobs = 1
        config.structured_output_config = genai.StructuredOutputConfig(regex=re.escape(word))
        return config

    def _warm(self, tokenizer: genai.Tokenizer) -> None:
        """The weights are arranged for the processor at the first steps, those of reading otherwise than those of writing. What
        they were read from is not needed afterwards."""
        config = plain_config(2)
        config.ignore_eos = True
        prompt = tokenizer.encode("1 " * READ_AT_ONCE).input_ids
        handle = self._pipeline.add_request(next(self._numbers), prompt, config)  # kept: one that is let go is cancelled
        while handle.get_status() == genai.GenerationStatus.RUNNING:
            self._pipeline.step()
        let_go_of_files()


def plain_config(most: int) -> genai.GenerationConfig:
    """Greedy, of so many tokens at most."""
    config = genai.GenerationConfig()
    config.max_new_tokens = most
    config.num_assistant_tokens, config.max_ngram_size = GUESSED, ALIKE
    return config


def let_go_of_files() -> None:
    """Take the pages of mapped model files out of this process's memory. What is needed again is read again."""
    with contextlib.suppress(OSError, AttributeError):  # not Linux
        release = ctypes.CDLL(None).madvise
        for line in Path("/proc/self/maps").read_text().splitlines():
            if line.endswith("openvino_model.bin"):
                begin, end = (int(place, 16) for place in line.split()[0].split("-"))
                release(ctypes.c_void_p(begin), ctypes.c_size_t(end - begin), MADV_DONTNEED)


class Inbox:
    """The messages of a pipe."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor, self._begun = descriptor, b""

    def messages(self, wait: bool) -> list[dict[str, Any]]:
        """Those that have come; if `wait`, at least one.

        Raises:
            EOFError: nobody will send any more.
        """
        found: list[dict[str, Any]] = []
        while select.select([self._descriptor], [], [], None if wait and not found else 0)[0]:
            piece = os.read(self._descriptor, 1 << 20)
            if not piece:
                raise EOFError
            *lines, self._begun = (self._begun + piece).split(b"\n")
            found += [json.loads(line) for line in lines]
        return found


def serve(folder: str, context: str, slots: str, threads: str, ends: str) -> None:
    """Answer what comes in at standard input until it ends."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a library prints is no answer

    def tell(message: dict[str, Any]) -> None:
        out.write(json.dumps(message) + "\n")
        out.flush()

    engine = Engine(Path(folder), int(context), int(slots), int(threads), json.loads(ends))
    inbox = Inbox(0)
    tell({"id": 0, "ready": True})
    with contextlib.suppress(EOFError, BrokenPipeError):
        while True:
            for message in inbox.messages(wait=not engine.is_busy):
                try:
                    engine.take(message)
                except Exception as error:  # noqa: BLE001 - whatever it is, who asked has to hear of it
                    tell({"id": message["id"], "error": str(error).strip().splitlines()[-1][:300]})
            if engine.is_busy:
                for told in engine.step():
                    tell(told)


if __name__ == "__main__":
    convert(*sys.argv[2:]) if sys.argv[1] == "convert" else serve(*sys.argv[2:])
    sys.stdout.flush()
    os._exit(0)  # without taking the model apart piece by piece
