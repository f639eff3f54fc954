"""The loader: one load for equal settings, off the loop; every key that it reads has an effect."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from copilot_tui.core.cancellation import CancelToken
from copilot_tui.core.config import Settings
from copilot_tui.core.errors import GenerationError, ModelFileError, ModelLoadError, ModelNotFoundError
from copilot_tui.models import engine_table
from copilot_tui.models.catalog import CATALOG
from copilot_tui.models.engine import GenerationRequest, Message, TextChunk
from copilot_tui.models.engine_table import EngineSpecification, Notice
from copilot_tui.models.loader import LocalModelLoader
from copilot_tui.models.model_store import ModelStore
from copilot_tui.models.scripted_engine import ScriptedEngine

MakeSettings = Callable[..., Settings]


class Factory:
    """Counts its loads; each takes a moment, in a thread that is not the loop's."""

    def __init__(self, failures: int = 0) -> None:
        self.loads: list[EngineSpecification] = []
        self.made: list[ScriptedEngine] = []
        self.threads: set[str] = set()
        self.failures = failures

    def __call__(self, specification: EngineSpecification, notice: Notice) -> ScriptedEngine:
        self.loads.append(specification)
        self.threads.add(threading.current_thread().name)
        time.sleep(0.02)
        if len(self.loads) <= self.failures:
            raise RuntimeError("no such luck")
        notice("Something to know.")
        self.made.append(ScriptedEngine(["yes"]))
        return self.made[-1]


def both(**values: Any) -> dict[str, Any]:
    return {f"{role}.{key}": value for role in ("codegen", "llm") for key, value in values.items()}


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    """A store in which every model of the catalogue seems to be installed."""
    store = ModelStore(tmp_path / "models")
    (store.directory / "blobs").mkdir(parents=True)
    for entry in CATALOG:
        with store.blob(entry).open("wb") as file:
            file.truncate(entry.bytes)
    return store


async def test_equal_settings_share_one_load_also_when_asked_at_once(
    make_settings: MakeSettings, store: ModelStore
) -> None:
    factory = Factory()
    loader = LocalModelLoader(make_settings(both(temperature=0.1)), store=store, engines={"llama": factory})
    first, second, third = await asyncio.gather(
        *(loader.engine(role) for role in ("codegen", "llm", "codegen"))
    )
    assert first is second is third
    assert len(factory.loads) == 1
    assert factory.threads.isdisjoint({threading.current_thread().name})
    assert loader.notices == ["Something to know."]
    loader.close()
    assert factory.made[0].closed


async def test_different_models_are_loaded_apart(make_settings: MakeSettings, store: ModelStore) -> None:
    factory = Factory()
    settings = make_settings({"codegen.model_path": "qwen2.5-coder-1.5b", "llm.model_path": "smollm2-135m"})
    loader = LocalModelLoader(settings, store=store, engines={"llama": factory})
    assert await loader.engine("codegen") is not await loader.engine("llm")
    assert loader.models() == {"codegen": "qwen2.5-coder-1.5b", "llm": "smollm2-135m"}
    loader.close()


async def test_a_caller_that_gives_up_does_not_spoil_the_load_for_others(
    make_settings: MakeSettings, store: ModelStore
) -> None:
    factory = Factory()
    loader = LocalModelLoader(make_settings(), store=store, engines={"llama": factory})
    impatient = asyncio.create_task(loader.engine("codegen"))
    patient = asyncio.create_task(loader.engine("llm"))
    await asyncio.sleep(0.01)
    impatient.cancel()
    assert await patient is factory.made[0]
    loader.close()


async def test_a_failed_load_is_typed_and_tried_again(make_settings: MakeSettings, store: ModelStore) -> None:
    factory = Factory(failures=1)
    loader = LocalModelLoader(make_settings(), store=store, engines={"llama": factory})
    with pytest.raises(ModelLoadError, match="no such luck"):
        await loader.engine("codegen")
    assert await loader.engine("codegen") is factory.made[0]
    loader.close()


async def test_an_engine_that_loads_while_the_loader_closes_is_freed(
    make_settings: MakeSettings, store: ModelStore
) -> None:
    factory = Factory()
    loader = LocalModelLoader(make_settings(), store=store, engines={"llama": factory})
    waiting = asyncio.create_task(loader.engine("codegen"))
    await asyncio.sleep(0.01)
    loader.close()
    await waiting
    await asyncio.sleep(0.05)
    assert factory.made[0].closed
    with pytest.raises(ModelLoadError, match="closed"):
        await loader.engine("codegen")


@pytest.mark.parametrize(
    ("key", "value", "field", "expected"),
    [
        ("codegen.device", "cpu", "device", "cpu"),
        ("codegen.context_window", 4096, "window", 4096),
        ("codegen.engine", "llama", "engine", "llama"),
        ("hardware.threads", 3, "threads", 3),
        ("hardware.use_gpu_if_available", False, "use_gpu", False),
        ("hardware.max_memory_per_model_gb", 2.5, "memory_limit", 2_500_000_000),
    ],
)
def test_each_setting_reaches_the_engine(
    make_settings: MakeSettings, store: ModelStore, key: str, value: object, field: str, expected: object
) -> None:
    before = LocalModelLoader(make_settings(), store=store).specification("codegen")
    after = LocalModelLoader(make_settings({key: value}), store=store).specification("codegen")
    assert getattr(after, field) == expected
    assert field == "engine" or getattr(before, field) != expected


def test_the_configured_directory_is_the_store(make_settings: MakeSettings, store: ModelStore) -> None:
    loader = LocalModelLoader(make_settings({"models.directory": str(store.directory)}))
    path = loader.specification("llm").path
    assert path is not None
    assert path.parent.parent == store.directory


async def test_a_model_that_is_not_installed_says_how_to_get_it(
    make_settings: MakeSettings, tmp_path: Path
) -> None:
    loader = LocalModelLoader(make_settings(), store=ModelStore(tmp_path))
    with pytest.raises(ModelNotFoundError) as caught:
        await loader.engine("codegen")
    assert "copilot-tui models pull qwen2.5-coder-0.5b" in caught.value.hint


async def test_a_model_file_that_was_cut_short_is_not_loaded(
    make_settings: MakeSettings, store: ModelStore
) -> None:
    store.blob(CATALOG[1]).write_bytes(b"GGUF")
    factory = Factory()
    loader = LocalModelLoader(make_settings(), store=store, engines={"llama": factory})
    with pytest.raises(ModelFileError, match="4 bytes instead of 491,400,064"):
        await loader.engine("codegen")
    assert factory.loads == []


async def test_a_misspelt_name_gets_the_nearest(make_settings: MakeSettings, store: ModelStore) -> None:
    loader = LocalModelLoader(make_settings(both(model_path="qwen2.5-coder-0.5")), store=store)
    with pytest.raises(ModelNotFoundError) as caught:
        await loader.engine("llm")
    assert "Did you mean qwen2.5-coder-0.5b?" in caught.value.hint


@pytest.mark.parametrize("engine", ["transformers", "auto"])
async def test_a_family_that_is_not_here_names_those_that_are(
    make_settings: MakeSettings, store: ModelStore, engine: str
) -> None:
    settings = make_settings(both(model_path="Salesforce/codegen-350M-mono", engine=engine))
    if "transformers" in engine_table.available():
        pytest.skip("the family is here")
    with pytest.raises(ModelLoadError, match="'transformers' is not available") as caught:
        await LocalModelLoader(settings, store=store).engine("codegen")
    assert "llama" in caught.value.hint
    assert "scripted" in caught.value.hint


async def test_another_package_can_add_a_family(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Through an entry point, as an installed package would have it."""
    information = tmp_path / "added-1.0.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: added\nVersion: 1.0\n")
    (information / "entry_points.txt").write_text("[copilot_tui.engines]\nparrot = parrot_engine:load\n")
    (tmp_path / "parrot_engine.py").write_text(
        "from copilot_tui.models.scripted_engine import ScriptedEngine\n"
        "def load(specification, notice):\n"
        "    return ScriptedEngine([specification.model])\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    assert "parrot" in engine_table.available()
    specification = EngineSpecification("parrot", "polly", None, "auto", 0, 0, False, 1)
    engine = engine_table.factory("parrot")(specification, lambda text: None)
    assert await reply(engine) == "polly"  # type: ignore[arg-type]


async def reply(engine: ScriptedEngine) -> str:
    request = GenerationRequest((Message("user", "hi"),), 20)
    parts = [part async for part in engine.generate(request, CancelToken())]
    return "".join(part.text for part in parts if isinstance(part, TextChunk))


async def test_a_script_in_a_file_is_an_engine(make_settings: MakeSettings, tmp_path: Path) -> None:
    script = tmp_path / "replies.json"
    script.write_text(json.dumps({"replies": ["first", "second"]}))
    loader = LocalModelLoader(make_settings(both(model_path=str(script), engine="scripted")))
    engine = await loader.engine("codegen")
    assert isinstance(engine, ScriptedEngine)
    assert [await reply(engine), await reply(engine)] == ["first", "second"]
    with pytest.raises(GenerationError, match="2 replies"):
        await reply(engine)
    script.write_text('{"replies": "first"}')
    with pytest.raises(ModelFileError, match="list of texts"):
        await LocalModelLoader(make_settings(both(model_path=str(script), engine="scripted"))).engine("llm")


def test_the_models_settings_reach_the_engine(make_settings: MakeSettings, store: ModelStore) -> None:
    keys = {
        "models.offline": True,
        "models.prompt_cache": False,
        "models.prompt_lookup": False,
        "hardware.int8_weights": False,
    }
    for settings, expected in (
        (make_settings(), (False, True, True, True)),
        (make_settings(keys), (True, False, False, False)),
    ):
        made = LocalModelLoader(settings, store=store).specification("codegen")
        assert (made.offline, made.prompt_cache, made.prompt_lookup, made.int8_weights) == expected


def test_transformers_takes_the_file_of_a_catalogue_name_and_leaves_other_names_alone(
    make_settings: MakeSettings, store: ModelStore
) -> None:
    for model, expected in (
        ("smollm2-135m", store.path("smollm2-135m")),
        ("Salesforce/codegen-350M-mono", None),
    ):
        settings = make_settings(both(model_path=model, engine="transformers"))
        specification = LocalModelLoader(settings, store=store).specification("llm")
        assert (specification.engine, specification.path) == ("transformers", expected)


async def test_the_ensemble_loads_its_models_with_a_slot_for_each_sample(
    make_settings: MakeSettings, store: ModelStore
) -> None:
    factory = Factory()
    for enabled, slots in ((True, 5), (False, 1)):
        settings = make_settings({"ensemble.enabled": enabled, "generation.samples": 5})
        loader = LocalModelLoader(settings, store=store, engines={"llama": factory})
        own = await loader.engine("codegen")
        other = await loader.engine("codegen", "smollm2-135m")
        assert other is not own
        assert await loader.engine("codegen", settings.codegen.model_path) is own
        assert await loader.engine("llm") is own, "one load serves both roles"
        assert [load.slots for load in factory.loads[-2:]] == [slots, slots]
        assert factory.loads[-1].model == "smollm2-135m"
        loader.close()
