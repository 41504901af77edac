"""All settings in one typed object, read from `YOUJU_*` variables and from `youju.toml` in the working directory.

Variables win over the file. `docs/settings.md` is made from this class by `python -m youju.settings`; a test compares them.
"""

from __future__ import annotations

import contextlib
import difflib
import ipaddress
import os
import re
import tomllib
from pathlib import Path
from typing import Literal

import platformdirs
from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from youju.errors import InvalidRequest

DEFAULT_COLLECTION = "default"
# Variables that are nobody's settings: those of the tests, and what Kubernetes tells of a service that is called youju.
FOREIGN = re.compile(r"YOUJU_(?:TEST_|SERVICE_(?:HOST|PORT)|PORT_\d+_)")


class Settings(BaseSettings):
    """Every setting has a default that works offline on one ordinary machine."""

    model_config = SettingsConfigDict(
        env_prefix="YOUJU_", toml_file="youju.toml", extra="forbid", frozen=True, env_ignore_empty=True
    )

    data_dir: Path = Field(
        default_factory=lambda: platformdirs.user_data_path("youju"),
        description="Folder of the index: the SQLite file (the truth) and its FAISS cache.",
    )
    database_url: SecretStr = Field(
        SecretStr(""),
        description="Address of a PostgreSQL database with pgvector (`postgresql://user@host/name`) that holds the index in "
        "place of SQLite, for several machines. Passwords and certificates as libpq takes them.",
    )
    cache_dir: Path = Field(
        default_factory=lambda: platformdirs.user_cache_path("youju"),
        description="Folder for prepared model files. Safe to delete; made again when needed.",
    )
    collection: str | None = Field(
        None,
        description="Collection that ingest writes to and questions go to when they name none. "
        f"Unset: ingest writes to `{DEFAULT_COLLECTION}`, questions search all.",
    )
    host: str = Field("127.0.0.1", description="Address the service listens on.")
    port: int = Field(8000, ge=0, le=65535, description="Port the service listens on; 0 takes a free one.")
    require_keys: bool = Field(False, description="Answer only requests that have an API key (`youju keys create`).")
    open_to_all: bool = Field(
        False, description="Listen on an address that others can reach, without requiring keys. Else that is refused."
    )
    allowed_hosts: str = Field(
        "",
        description="Further names under which the service is reached while no keys are required, separated by commas. "
        "`localhost` and addresses are known; requests to other names, and from pages of other sites, are refused.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least severe message logged.")
    log_format: Literal["auto", "text", "json"] = Field(
        "auto", description="One line per event on standard error; `auto` is text on a terminal and JSON elsewhere."
    )
    log_text: bool = Field(
        False,
        description="Also log questions, answers, paths, and the messages of exceptions, which quote them. Unless it is set, "
        "no log line holds a question or a text of a document.",
    )

    embedding_model: str = Field(
        "multilingual-e5-small",
        description="sentence-transformers model: a local folder, the name of a bundled model, or a hub name.",
    )
    embedding_device: str = Field("auto", description="Device of the embedder: `auto`, `cpu`, `cuda`, `mps`.")
    embedding_backend: Literal["auto", "torch", "openvino-f32", "openvino-bf16", "openvino-int8"] = Field(
        "auto",
        description="What runs the embedder: `torch` (any model, any device), or OpenVINO on the CPU for BERT encoders. "
        "`auto` takes what a short test found fastest here without changing the vectors.",
    )
    embedding_batch: int = Field(32, ge=1, le=1024, description="Passages embedded at once (torch).")

    generator: Literal["auto", "llamacpp", "openvino", "transformers", "openai_compatible"] = Field(
        "auto",
        description="Which generator writes the answers. `auto` takes `llamacpp` or `openvino`, whichever a short test "
        "found to answer sooner here; `openvino` runs GGUF files on x86 processors under Linux.",
    )
    generator_model: str = Field(
        "qwen2.5-coder-1.5b-youju",
        description="Model of the generator: a local GGUF file or folder, the name of a bundled model, or a hub name "
        "(`owner/name`, or `owner/name/file.gguf`). For `openai_compatible`, the name the server knows.",
    )
    generator_url: str = Field(
        "http://127.0.0.1:8080/v1",
        description="Base address of the server for `openai_compatible`; several of the same model, with spaces between, share "
        "the questions.",
    )
    generator_api_key: SecretStr = Field(SecretStr(""), description="Key sent to that server, if it wants one.")
    generator_context: int = Field(3072, ge=512, le=131072, description="Context of the generator, in tokens.")
    generator_threads: int = Field(0, ge=0, le=256, description="Threads of the generator; 0 means one per core.")
    generator_timeout: float = Field(
        120.0, gt=0, le=3600, description="Seconds without a sign of life after which the generator counts as down."
    )
    generator_slots: int = Field(
        1,
        ge=1,
        le=64,
        description="Answers written at once. On a CPU more at once are each slower; each needs a context of its own.",
    )

    queue: int = Field(8, ge=0, le=10_000, description="Questions that may wait for the generator; further ones get 429.")
    asks_per_key: int = Field(4, ge=1, le=10_000, description="Questions in progress for one API key; further ones get 429.")
    requests: int = Field(512, ge=1, le=100_000, description="Requests of any kind in progress; further ones get 429.")
    answer_seconds: float = Field(
        600.0,
        gt=0,
        le=3600,
        description="Longest time for one answer, waiting included. A request may set less (`deadline_ms`).",
    )
    body_seconds: float = Field(
        30.0,
        gt=0,
        le=3600,
        description="Time in which the body of a request must arrive; what comes at more than 16 KiB/s may take longer.",
    )
    shutdown_seconds: float = Field(
        30.0, ge=0, le=3600, description="Time that requests in progress have to finish when the service is stopped."
    )

    chunk_tokens: int = Field(
        140, ge=32, le=320, description="Aimed size of a chunk in tokens of the embedder. Changing it needs a new ingest."
    )
    top_k: int = Field(8, ge=1, le=50, description="Passages retrieved for a question when it does not say.")
    reader: str = Field(
        "e5-small-reader",
        description="What reads the passages before the generator: the bundled trained reader, or `similarity` of sentences; "
        "or the bundled one together with a cross-encoder that ranks passages: a local folder or a hub name.",
    )
    strictness: Literal["off", "lenient", "balanced", "strict"] = Field(
        "balanced",
        description="How sure the gate must be that the passages hold the answer. `strict` refuses more and invents less; "
        "`off` lets every question through to the generator.",
    )
    passage_tokens: int | None = Field(
        None,
        ge=64,
        le=100000,
        description="Tokens of the prompt given to passages; prompt tokens are the cost of an answer. Unset: 700, or, once the "
        "generator was measured (`youju models probe`), 300 to 4000 by what it reads in ten seconds and how well it obeys.",
    )
    max_tokens: int | None = Field(
        None,
        ge=16,
        le=4096,
        description="Tokens the generator may write for one answer. Unset: 192, or up to 1024 for one that was measured and "
        "obeys.",
    )
    answer_cache: int = Field(
        256,
        ge=0,
        le=100_000,
        description="Answers kept in memory by the service and given again at once while the index is the same; 0 keeps none.",
    )
    keep_unanswered: bool = Field(
        False,
        description="Keep questions that found no answer, or only part of one, in the index for `youju unanswered`. "
        "They never leave this machine.",
    )
    keep_feedback: bool = Field(
        False,
        description="Let the web page ask whether an answer was right, and keep what people say in the index for "
        "`youju feedback`. It never leaves this machine.",
    )
    max_question_chars: int = Field(2000, ge=16, le=100000, description="Longest question accepted, in characters.")
    max_file_mb: int = Field(200, ge=1, le=10000, description="Largest file read by ingest, in MiB.")
    max_upload_mb: int = Field(500, ge=1, le=100000, description="Largest upload in one request, all files, in MiB.")
    max_text_chars: int = Field(
        20_000_000, ge=1000, le=50_000_000, description="Longest text taken from one file by ingest, in characters."
    )
    keep_originals: bool = Field(
        True,
        description="Keep the files themselves in the index too: PDFs, so that the web page can show the page that a citation "
        "stands on; of the others up to 20 MiB those that hold more than their text, to be downloaded.",
    )
    parse_seconds: float = Field(
        120.0, gt=0, le=3600, description="Time one file may take to be read: of the processor, and by the clock."
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)

    @property
    def database(self) -> Path:
        return self.data_dir / "youju.db"

    @property
    def is_loopback(self) -> bool:
        """Whether only programs of this machine can reach the service. A name other than `localhost` may mean anything."""
        if self.host == "localhost":
            return True
        with contextlib.suppress(ValueError):
            return ipaddress.ip_address(self.host).is_loopback
        return False

    @property
    def spool_dir(self) -> Path:
        """Where uploads wait to be ingested."""
        return self.data_dir / "uploads"

    def environment(self) -> dict[str, str]:
        """The settings as variables, for a child process. None of the secrets."""
        values = self.model_dump(mode="json", exclude={"generator_api_key", "database_url"}, exclude_none=True)
        return {f"YOUJU_{name.upper()}": str(value) for name, value in values.items()}

    @property
    def gate_file(self) -> Path:
        """The user's own calibration of the gate, made by `youju calibrate`."""
        return self.data_dir / "gate.json"

    @property
    def vector_file(self) -> Path:
        return self.data_dir / "vectors.index"

    @property
    def threads(self) -> int:
        """Threads of the generator, resolved: the setting, or the number of usable cores."""
        affinity = getattr(os, "sched_getaffinity", None)
        return self.generator_threads or (len(affinity(0)) if affinity else os.cpu_count() or 1)


def load_settings(**overrides: object) -> Settings:
    """Read the settings; `overrides` win over variables and file.

    Raises:
        InvalidRequest: a value is out of range or a name is unknown; the message names the setting.
    """
    given = {name: value for name, value in overrides.items() if value is not None}
    _check_variables()
    try:
        return Settings(**given)  # type: ignore[arg-type]
    except tomllib.TOMLDecodeError as error:
        raise InvalidRequest(f"youju.toml cannot be read: {error}.", "Mend it; docs/settings.md lists the settings.") from None
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        if first["type"] == "extra_forbidden":
            raise InvalidRequest(f"`{name}` in youju.toml is no setting.", _meant(name, "`{}`")) from None
        raise InvalidRequest(
            f"setting {name}: {first['msg']}.", f"Set YOUJU_{name.upper()} or `{name}` in youju.toml; see docs/settings.md."
        ) from None


def _check_variables() -> None:
    """A misspelt variable must not leave a door open: pydantic passes over those that it does not know."""
    for name in sorted(os.environ):
        prefix, _, field = name.lower().partition("_")
        if prefix == "youju" and field not in Settings.model_fields and not FOREIGN.match(name):
            raise InvalidRequest(f"{name} is no setting.", _meant(field, "YOUJU_{}"))


def _meant(name: str, form: str) -> str:
    """What to say to whoever wrote a name that is no setting; `form` is how names are written there."""
    near = difflib.get_close_matches(name.lower().removeprefix("youju_"), Settings.model_fields, 1)
    if not near:
        return "Remove it; docs/settings.md lists the settings."
    return f"Did you mean {form.format(near[0].upper() if 'YOUJU_' in form else near[0])}?"


def settings_table() -> str:
    """The settings as a Markdown table: variable, default, meaning."""
    shown = dict.fromkeys(("generator_api_key", "allowed_hosts", "database_url"), "empty")
    shown |= {"data_dir": "the user's data folder", "cache_dir": "the user's cache folder"}
    rows = ["| variable | default | meaning |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = shown.get(name) or ("unset" if field.default is None else f"`{field.default}`")
        rows.append(f"| `YOUJU_{name.upper()}` | {default} | {field.description} |")
    return "\n".join(rows)


if __name__ == "__main__":
    print(settings_table())
