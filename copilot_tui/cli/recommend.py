"""``copilot-tui models recommend``: which models suit this machine and a code base, or whether one fits.

Nothing is fetched or changed. Models run only with ``--probe``, each for about three seconds.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import click
import psutil

from copilot_tui.cli.output import data, json_line, say
from copilot_tui.cli.this_machine import limits_of, machine_from, summary
from copilot_tui.core.config import Settings
from copilot_tui.core.errors import ExitCode, ModelError, ModelNotFoundError, UsageError
from copilot_tui.index.code_size import count_lines
from copilot_tui.index.scan import scan
from copilot_tui.models import hardware
from copilot_tui.models.catalog import find
from copilot_tui.models.code_tiers import LARGE_FROM
from copilot_tui.models.engine_table import EngineSpecification, factory
from copilot_tui.models.gguf import read_header
from copilot_tui.models.loader import is_catalogue_name
from copilot_tui.models.memory_need import GGUF_CACHE_NUMBER_BYTES
from copilot_tui.models.model_choices import (
    HUB_MODELS,
    Choice,
    KnownModel,
    Machine,
    catalogue_models,
    choices,
)
from copilot_tui.models.model_fit import Limits, fits, largest_window, speed_of
from copilot_tui.models.model_store import ModelStore, converted_directory
from copilot_tui.models.recommendation import recommend
from copilot_tui.models.recommendation_text import described, fit_line, pace_text
from copilot_tui.models.speed_probe import SpeedMemory, identity_of, measure
from copilot_tui.store.settings import load_settings

_PROBE_WINDOW = 2048


@click.command("recommend")
@click.option(
    "--source", type=click.Path(path_type=Path), default=".", show_default=True, help="The code base."
)
@click.option(
    "--model", "asked", default="", help="Only say whether this one fits: a name, file or directory."
)
@click.option("--probe", is_flag=True, help="Measure the models that are here, about 3 s each.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def command(source: Path, asked: str, probe: bool, as_json: bool) -> int:
    """Say which models suit this machine and the code base, and why; or whether one model fits.

    Ends with 0 when something fits, with 3 when nothing does.
    """
    if not source.is_dir():
        raise UsageError(f"{source} is not a folder.", "Give the folder of a code base with --source.")
    settings = load_settings(source)
    found = hardware.inspect()
    machine = machine_from(found, settings)
    limits = limits_of(settings)
    store = ModelStore.from_settings(settings)
    models = (_asked_model(asked, store),) if asked else _candidates(settings, store)
    memory = SpeedMemory(
        store.directory, found.processor, settings.hardware.threads or hardware.usable_cores()
    )
    if probe:
        _probe(models, machine, limits, settings, memory)
    if not as_json:
        data(f"Found: {summary(found, machine)}.")
    if asked:
        return _show_fit(models[0], machine, limits, memory, as_json=as_json)
    lines = _lines(source, settings)
    advice = recommend(machine, models, lines, memory.speeds(), limits, source=str(source))
    if as_json:
        json_line({"hardware": found, "machine": machine, "lines": lines, "recommendation": advice})
    else:
        for reason in advice.reasons:
            data(reason)
        data("Next:")
        for step in advice.next_steps:
            data(f"  {step}")
    return ExitCode.DONE if advice.chosen else ExitCode.NO_MODEL


def _candidates(settings: Settings, store: ModelStore) -> tuple[KnownModel, ...]:
    """The catalogue, and what the hub has, where fetching is allowed at all."""
    models = catalogue_models(store.installed())
    if settings.models.offline:
        return tuple(model for model in models if not model.fetch)
    return (*models, *HUB_MODELS)


def _asked_model(asked: str, store: ModelStore) -> KnownModel:
    """A name of the catalogue, a GGUF file, or a checkpoint's directory. Raises errors of ``ModelError``."""
    path = Path(asked).expanduser()
    if path.is_dir():
        from copilot_tui.models.checkpoint import size_of  # loads torch, which only this needs

        size = size_of(str(path.absolute()))
        return KnownModel(
            name=asked,
            parameters=size.weights,
            window=size.window,
            cache_numbers=size.cache_numbers,
            weights=size.weights,
            identity=identity_of(path),
        )
    if path.is_file():
        header = read_header(path)
        return KnownModel(
            name=asked,
            parameters=0,
            window=header.window,
            cache_numbers=header.cache_bytes_per_token // GGUF_CACHE_NUMBER_BYTES,
            file_bytes=path.stat().st_size,
            file_format="GGUF",
            identity=identity_of(path),
        )
    of_hub = next((model for model in HUB_MODELS if model.name == asked), None)
    if of_hub is not None:
        return of_hub
    if "/" in asked or asked.lower().endswith(".gguf"):
        raise ModelNotFoundError(
            f"There is no model at {path}.", "Check the path; a hub's model has to be here."
        )
    entry = find(asked)
    return next(model for model in catalogue_models(store.installed()) if model.name == entry.name)


def _lines(source: Path, settings: Settings) -> int | None:
    """Lines of code, as far as they matter for the choice; None without any."""
    return count_lines(source, scan(source, settings.exploration).files, LARGE_FROM) or None


def _show_fit(
    model: KnownModel, machine: Machine, limits: Limits, memory: SpeedMemory, *, as_json: bool
) -> int:
    found = choices(model, machine)
    speeds = memory.speeds()
    known = (model, *catalogue_models(()))
    for choice in found:
        ok = fits(choice, machine, limits)
        window = largest_window(choice, machine, limits)
        speed = speed_of(choice, speeds, known, machine)
        if as_json:
            json_line(
                {
                    "model": model.name,
                    "engine": choice.engine,
                    "device": choice.device,
                    "form": choice.form,
                    "bytes": choice.bytes(limits.window),
                    "window": choice.window(limits.window),
                    "fits": ok,
                    "largest_window": window,
                    "speed": speed,
                }
            )
            continue
        data(fit_line(choice, machine, limits))
        room = f"the largest window that fits has {window} tokens" if window else "no window fits"
        data(f"  {room}; {pace_text(speed)}")
    if not found:
        say("No engine that is installed can run it; `copilot-tui doctor` says what is missing.")
    return ExitCode.DONE if any(fits(one, machine, limits) for one in found) else ExitCode.NO_MODEL


def _probe(
    models: tuple[KnownModel, ...],
    machine: Machine,
    limits: Limits,
    settings: Settings,
    memory: SpeedMemory,
) -> None:
    """Measure every model that is here, once for each engine, on the best device where it fits."""
    load = psutil.getloadavg()[0]
    if load > hardware.usable_cores():
        say(f"Other programs keep this machine busy (load {load:.1f}): what is measured now will be too low.")
    store = ModelStore.from_settings(settings)
    short = Limits(limits.memory_per_model, _PROBE_WINDOW)
    for model in models:
        if model.fetch or not model.identity:
            continue
        engines: set[str] = set()
        for choice in choices(model, machine):
            if choice.engine in engines or not fits(choice, machine, short):
                continue
            path = store.path(model.name) if is_catalogue_name(model.name) else Path(model.name).expanduser()
            if path is None or not _is_ready(choice, path):
                continue
            engines.add(choice.engine)
            _measure(choice, path, limits, settings, memory)


def _is_ready(choice: Choice, path: Path) -> bool:
    """A GGUF file is not converted for a measurement: that takes minutes."""
    return choice.engine == "llama" or path.is_dir() or converted_directory(path).is_dir()


def _measure(choice: Choice, path: Path, limits: Limits, settings: Settings, memory: SpeedMemory) -> None:
    specification = EngineSpecification(
        engine=choice.engine,
        model=str(path),
        path=None if path.is_dir() else path,
        device="cpu" if choice.device == "cpu" else "auto",
        window=_PROBE_WINDOW,
        threads=settings.hardware.threads,
        use_gpu=choice.device != "cpu",
        memory_limit=limits.memory_per_model,
        offline=True,
        prompt_lookup=False,  # it makes some texts quicker, which is not the model's speed
        int8_weights=settings.hardware.int8_weights,
    )
    say(f"Measuring {described(choice)} ...")
    try:
        engine = factory(choice.engine)(specification, say)
        try:
            speed = asyncio.run(measure(engine))
            on_cpu = engine.information.device == "cpu"
        finally:
            engine.close()
    except ModelError as error:
        say(f"It could not be measured: {error}")
        return
    memory.remember(choice.model.identity, choice.engine, "cpu" if on_cpu else choice.device, speed)
