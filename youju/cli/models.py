"""`youju models list|prepare|probe`."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import Annotated

import typer

from service.generation import make_generator, prepare_generator
from service.generation.openvino.choice import machine
from service.generation.probing import measured
from service.generation.profile import Budget, Profile, place, save_profile
from service.generation.profiled import Profiled
from service.reading.self_evaluation import load_self_evaluation
from youju.cli.output import JsonOption, guarded, model_progress, print_json
from youju.embedding.factory import make_embedder
from youju.errors import InvalidRequest
from youju.model_files import locate
from youju.model_files.locate import Progress
from youju.settings import Settings, load_settings

app = typer.Typer(help="Model files: which there are, and making them ready.", no_args_is_help=True)


@app.command("list")
@guarded
def list_models(as_json: JsonOption = False) -> None:
    """List the bundled models and those that the settings name."""
    settings = load_settings()
    rows = [
        {
            "name": model.name,
            "role": model.role,
            "licence": model.licence,
            "installed": locate.is_installed(model),
            "prepared": locate.prepared_path(model, settings.cache_dir).exists(),
            "in_use": model.name in (settings.embedding_model, settings.generator_model),
        }
        for model in locate.BUNDLED.values()
    ]
    if as_json:
        print_json({"models": rows, "embedding_model": settings.embedding_model, "generator_model": settings.generator_model})
        return
    for row in rows:
        state = "prepared" if row["prepared"] else "installed" if row["installed"] else "not installed"
        typer.echo(f"{'*' if row['in_use'] else ' '} {row['role']:9} {row['name']}  {row['licence']}, {state}")
    typer.echo(f"In use: embedder {settings.embedding_model}, generator {settings.generator} {settings.generator_model}")


@app.command("prepare")
@guarded
def prepare(
    names: Annotated[list[str] | None, typer.Argument(help="Bundled models; those in use if none is named.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Make model files ready in the cache folder, once."""
    settings = load_settings()
    ready = {}
    with model_progress() as progress:
        if names:
            for name in names:
                if name not in locate.BUNDLED:
                    raise InvalidRequest(f"no bundled model {name!r}.", f"There are: {', '.join(locate.BUNDLED)}.")
                ready[name] = locate.prepare(locate.BUNDLED[name], settings.cache_dir, progress)
        else:
            ready[settings.embedding_model] = locate.locate(settings.embedding_model, "embedder", settings.cache_dir, progress)
            make_embedder(settings, progress)  # makes its graph, and tests which way of running it is fastest here
            if settings.reader not in locate.READERS:
                ready[settings.reader] = locate.locate(settings.reader, "reader", settings.cache_dir, progress)
            if settings.generator != "openai_compatible":
                model = locate.locate(settings.generator_model, "generator", settings.cache_dir, progress)
                ready[settings.generator_model] = model
                prepare_generator(model, settings, progress)
    if as_json:
        print_json({name: str(path) for name, path in ready.items()})
        return
    for name, path in ready.items():
        typer.echo(f"{name}: {path}")


@app.command("probe")
@guarded
def probe(as_json: JsonOption = False) -> None:
    """Measure how fast the generator reads and writes and how well it obeys, and keep it: so much it is asked for."""
    with model_progress() as progress:
        profile, budget = asyncio.run(_probed(load_settings(), progress))
    if as_json:
        print_json(profile.model_dump() | {"budget": asdict(budget)})
        return
    typer.echo(f"{profile.generator}: reads {profile.reading:g} and writes {profile.writing:g} tokens/s, prompts of")
    typer.echo(f"{profile.context} tokens taken in, {profile.obeys:.0%} of the tasks done as told.")
    kind = "a full answer" if budget.is_full else "a sentence"
    typer.echo(f"It is shown up to {budget.evidence} tokens of evidence and asked for {kind} of up to {budget.answer} tokens.")


async def _probed(settings: Settings, progress: Progress) -> tuple[Profile, Budget]:
    generator = make_generator(settings, progress)
    try:
        profile = await measured(generator)
        file = place(settings, machine(settings.threads))
        save_profile(profile, file)
        fitted = bool(load_self_evaluation("e5-small-reader", generator.name).stated)
        return profile, Profiled(settings, generator, fitted, file).budget()
    finally:
        await generator.close()
