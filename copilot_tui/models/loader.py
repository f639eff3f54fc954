"""LocalModelLoader: from the roles of the settings to loaded engines.

Each distinct model is loaded once, on first use, outside the event loop; roles with equal settings
share it, also when both ask at the same moment. A load that failed is tried again at the next use.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Literal, TypeAlias

from copilot_tui.core.config import ModelSettings, Settings
from copilot_tui.core.errors import CopilotError, ModelLoadError, ModelNotFoundError
from copilot_tui.models.catalog import CATALOG, find
from copilot_tui.models.engine import Engine
from copilot_tui.models.engine_table import EngineFactory, EngineSpecification, factory
from copilot_tui.models.model_store import ModelStore
from copilot_tui.models.server_address import names_server

Role: TypeAlias = Literal["codegen", "llm"]
_GIGABYTE = 10**9


class LocalModelLoader:
    """Gives the engine of a role. ``engines`` adds to, or replaces, the families by name.

    ``notices`` collects plain sentences that a person should see once, such as that no graphics
    device was found.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        store: ModelStore | None = None,
        engines: Mapping[str, EngineFactory] | None = None,
    ) -> None:
        self._settings = settings
        self._store = store or ModelStore.from_settings(settings)
        self._engines = engines
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="model-loading")
        self._lock = threading.Lock()
        self._loads: dict[EngineSpecification, Future[Engine]] = {}
        self._closed = False
        self.notices: list[str] = []

    async def engine(self, role: Role, model: str = "") -> Engine:
        """The loaded engine of ``role``, or of ``model`` in its place; the first call may take seconds.

        Raises :class:`ModelNotFoundError`, :class:`ModelFileError` or :class:`ModelLoadError`.
        """
        specification = await asyncio.to_thread(self.specification, role, model)
        # Shielded: a caller that gives up must not take the model from those who wait for it too.
        return await asyncio.shield(asyncio.wrap_future(self._load_once(specification)))

    def models(self) -> Mapping[str, str]:
        """Role to the name of its model, as configured."""
        return {"codegen": self._settings.codegen.model_path, "llm": self._settings.llm.model_path}

    def specification(self, role: Role, model: str = "") -> EngineSpecification:
        """What would be loaded for ``role``. Raises :class:`ModelNotFoundError` when it is not here."""
        chosen = self._settings.codegen if role == "codegen" else self._settings.llm
        if model and model != chosen.model_path:
            chosen = replace(chosen, model_path=model, engine="auto")
        ensemble = self._settings.ensemble.enabled
        hardware = self._settings.hardware
        engine = _family(chosen)
        return EngineSpecification(
            engine=engine,
            model=chosen.model_path,
            path=self._file(chosen.model_path) if _needs_file(engine, chosen.model_path) else None,
            device=chosen.device,
            window=chosen.context_window,
            threads=hardware.threads,
            use_gpu=hardware.use_gpu_if_available,
            memory_limit=int(hardware.max_memory_per_model_gb * _GIGABYTE),
            offline=self._settings.models.offline,
            prompt_cache=self._settings.models.prompt_cache,
            prompt_lookup=self._settings.models.prompt_lookup,
            int8_weights=hardware.int8_weights,
            slots=self._settings.generation.samples if ensemble else 1,
        )

    def close(self) -> None:
        """Free all engines; one that is still loading is freed when it is done."""
        with self._lock:
            self._closed = True
            loads, self._loads = list(self._loads.values()), {}
        for load in loads:
            if not load.cancel():
                load.add_done_callback(_close_engine)
        self._executor.shutdown(wait=False, cancel_futures=True)

    def _load_once(self, specification: EngineSpecification) -> Future[Engine]:
        with self._lock:
            if self._closed:
                raise ModelLoadError("The model loader was closed.")
            load = self._loads.get(specification)
            if load is None or (load.done() and load.exception() is not None):
                load = self._executor.submit(self._load, specification)
                self._loads[specification] = load
            return load

    def _load(self, specification: EngineSpecification) -> Engine:
        try:
            return factory(specification.engine, self._engines)(specification, self._notice)
        except CopilotError:
            raise
        except MemoryError as error:
            raise ModelLoadError(
                f"There is not enough memory to load {specification.model}.",
                "Close other programs, lower context_window, or choose a smaller model.",
            ) from error
        except Exception as error:  # the boundary to model libraries, which raise anything
            raise ModelLoadError(
                f"The engine {specification.engine!r} could not load {specification.model}: {error}.",
                "See copilot-tui doctor.",
            ) from error

    def _notice(self, text: str) -> None:
        with self._lock:
            if text not in self.notices:
                self.notices.append(text)

    def _file(self, model: str) -> Path:
        if not is_catalogue_name(model):
            file = Path(model).expanduser().absolute()
            if not file.is_file():
                raise ModelNotFoundError(
                    f"There is no model file {file}.", "Check model_path, or see copilot-tui models list."
                )
            return file
        path = self._store.path(model)
        if path is None:
            raise ModelNotFoundError(
                f"The model {model} is not installed.", f"Fetch it: copilot-tui models pull {model}"
            )
        return path


def is_catalogue_name(model: str) -> bool:
    return any(entry.name == model for entry in CATALOG)


def _needs_file(engine: str, model: str) -> bool:
    """The llama engine reads files only; transformers takes one that it converts at its first use."""
    return engine in {"llama", "fastest"} or (
        engine == "transformers" and (is_catalogue_name(model) or model.lower().endswith(".gguf"))
    )


def _family(chosen: ModelSettings) -> str:
    """The engine's name; ``auto`` goes by what the model looks like."""
    model = chosen.model_path
    if chosen.engine != "auto":
        return chosen.engine
    if names_server(model):
        return "openai"
    if model.lower().endswith(".gguf") or is_catalogue_name(model):
        return "llama"
    if "/" in model or Path(model).expanduser().is_dir():
        return "transformers"
    find(model)  # raises, with the nearest name
    raise AssertionError("unreachable: find knows no such name")


def _close_engine(load: Future[Engine]) -> None:
    if not load.cancelled() and load.exception() is None:
        load.result().close()
