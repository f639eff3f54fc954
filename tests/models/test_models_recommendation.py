"""Which model is recommended for which machine and code base; the speeds that were measured; the command."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot_tui.cli.main import main
from copilot_tui.core.config import HardwareSettings
from copilot_tui.core.errors import ModelLoadError
from copilot_tui.models.catalog import CATALOG
from copilot_tui.models.checkpoint import load_checkpoint, size_of
from copilot_tui.models.gguf import read_header
from copilot_tui.models.hardware import (
    Graphics,
    Hardware,
    amd_devices,
    container_memory,
    nvidia_device,
    torch_build,
)
from copilot_tui.models.llama_engine import load as load_llama
from copilot_tui.models.memory_need import checkpoint_need
from copilot_tui.models.model_choices import HUB_MODELS, Machine, catalogue_models, choices, machine_of
from copilot_tui.models.model_fit import Limits, Speed, fits, largest_window
from copilot_tui.models.model_store import ModelStore
from copilot_tui.models.recommendation import Recommendation, recommend
from copilot_tui.models.speed_probe import SpeedMemory, measure
from tests.models.conftest import GIGABYTE, smollm_file, specification
from tests.models.tiny_checkpoints import FAMILIES, write_checkpoint

MODELS = (*catalogue_models(CATALOG), *HUB_MODELS)
TINY, SMALL, MIDDLE = (entry.name for entry in CATALOG)
SEVEN, FOURTEEN = (model.name for model in HUB_MODELS)
IDENTITY = {model.name: model.identity for model in MODELS}
QWEN = next(family for family in FAMILIES if family.config == "Qwen2Config")
NO_LIMIT = Limits(1000 * GIGABYTE, 8192)
USUAL = Limits(8 * GIGABYTE, 8192)


def on_cpu(gigabytes: float) -> Machine:
    return Machine(room=int(gigabytes * GIGABYTE))


def with_cuda(*gigabytes: float, llama: bool = True) -> Machine:
    rooms = tuple(int(size * GIGABYTE) for size in gigabytes)
    return Machine(28 * GIGABYTE, "cuda", rooms, llama_on_graphics=llama, torch_on_graphics=True)


@dataclass(frozen=True)
class Case:
    machine: Machine
    lines: int
    codegen: tuple[str, str, str]
    llm: tuple[str, str, str]
    limits: Limits = NO_LIMIT


CASES = {
    "a laptop of 8 GB, small": Case(on_cpu(5), 500, (SMALL, "llama", "cpu"), (MIDDLE, "llama", "cpu"), USUAL),
    "a laptop of 8 GB, large": Case(on_cpu(5), 50_000, (MIDDLE, "llama", "cpu"), (MIDDLE, "llama", "cpu")),
    "a server without GPU": Case(on_cpu(250), 5_000, (MIDDLE, "llama", "cpu"), (MIDDLE, "llama", "cpu")),
    "8 GB of VRAM": Case(with_cuda(8), 5_000, (MIDDLE, "llama", "cuda"), (MIDDLE, "llama", "cuda")),
    "8 GB that only torch uses": Case(
        with_cuda(8, llama=False),
        5_000,
        (MIDDLE, "transformers", "cuda"),
        (MIDDLE, "transformers", "cuda"),
    ),
    "16 GB of VRAM, small": Case(
        with_cuda(16.9), 999, (SMALL, "llama", "cuda"), (SEVEN, "transformers", "cuda")
    ),
    "16 GB of VRAM, nearly": Case(
        with_cuda(16.5), 999, (SMALL, "llama", "cpu"), (SEVEN, "transformers", "cuda")
    ),
    "16 GB of VRAM, large": Case(
        with_cuda(16.9), 10_001, (SEVEN, "transformers", "cuda"), (SEVEN, "transformers", "cuda")
    ),
    "the same, within the usual limit": Case(
        with_cuda(16.9), 10_001, (MIDDLE, "llama", "cuda"), (MIDDLE, "llama", "cuda"), USUAL
    ),
    "24 GB of VRAM": Case(
        with_cuda(25.4), 20_000, (SEVEN, "transformers", "cuda"), (SEVEN, "transformers", "cuda")
    ),
    "two GPUs": Case(
        with_cuda(25.4, 25.4), 20_000, (SEVEN, "transformers", "cuda"), (FOURTEEN, "transformers", "cuda")
    ),
    "a tiny machine of 2 GB": Case(on_cpu(0.7), 500, (TINY, "llama", "cpu"), (TINY, "llama", "cpu")),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_what_is_recommended_where(case: Case) -> None:
    advice = recommend(case.machine, MODELS, case.lines, {}, case.limits)
    found = [(one.role, (one.model, one.engine, one.device)) for one in advice.chosen]
    assert found == [("codegen", case.codegen), ("llm", case.llm)]
    assert advice.next_steps[-2].startswith("copilot-tui run . ")


def test_nothing_is_recommended_where_nothing_fits() -> None:
    advice = recommend(on_cpu(0.3), MODELS, 500, {}, USUAL)
    assert advice.chosen == ()
    assert "Nothing fits" in advice.reasons[-1]
    assert any(f"{TINY} (Q4_1, llama on the CPU) needs" in reason for reason in advice.reasons)


def test_the_commands_name_a_code_base_elsewhere() -> None:
    advice = recommend(on_cpu(5), MODELS, 5_000, {}, USUAL, source="/a b")
    assert advice.next_steps == (
        f"copilot-tui run . 10 '/a b' --model {MIDDLE}",
        "copilot-tui models recommend --source '/a b' --probe   (measures the installed models, 3 s each)",
    )


def test_the_window_is_halved_when_no_model_has_room_for_it_whole() -> None:
    advice = recommend(on_cpu(0.5), MODELS, 500, {}, USUAL)
    assert {(one.model, one.window) for one in advice.chosen} == {(TINY, 4096)}
    assert "context_window=4096" in advice.next_steps[0]


@given(
    room=st.integers(0, 60 * GIGABYTE),
    graphics=st.lists(st.integers(0, 50 * GIGABYTE), max_size=3),
    kind=st.sampled_from(["cuda", "rocm", "mps"]),
    libraries=st.tuples(st.booleans(), st.booleans(), st.booleans(), st.booleans()),
    lines=st.one_of(st.none(), st.integers(0, 20_000)),
    limit=st.integers(0, 60 * GIGABYTE),
    window=st.sampled_from([0, 2048, 8192, 100_000]),
)
def test_what_is_recommended_fits(
    room: int,
    graphics: list[int],
    kind: str,
    libraries: tuple[bool, bool, bool, bool],
    lines: int | None,
    limit: int,
    window: int,
) -> None:
    machine = Machine(room, kind if graphics else "", tuple(graphics), *libraries)
    advice = recommend(machine, MODELS, lines, {}, Limits(limit, window))
    loaded = {(one.model, one.engine, one.device): one.bytes for one in advice.chosen}
    assert all(size <= limit for size in loaded.values())
    for device in {key[2] for key in loaded}:
        taken = sum(size for key, size in loaded.items() if key[2] == device)
        assert taken <= (room if device == "cpu" else sum(graphics))
    if kind == "mps":
        assert sum(loaded.values()) <= max(room, sum(graphics))


def models_of(advice: Recommendation) -> list[str]:
    return [one.model for one in advice.chosen]


def test_a_model_that_was_measured_as_slow_is_passed_over() -> None:
    slow = {(IDENTITY[MIDDLE], "llama", "cpu"): Speed(10, 3)}
    advice = recommend(on_cpu(2), MODELS, 5_000, slow, USUAL)
    assert models_of(advice) == [SMALL, SMALL]
    speed = advice.chosen[0].speed
    assert speed is not None and speed.estimated
    assert any(reason.startswith(f"Too slow if there is another: {MIDDLE}") for reason in advice.reasons)
    assert speed.reply == pytest.approx(3 * 1_117_320_768 / 491_400_064)
    slower = {key: Speed(1, 0.1) for key in slow}
    advice = recommend(on_cpu(2), MODELS, 5_000, slower, USUAL)
    assert models_of(advice) == [SMALL, SMALL], "the smallest that can write code, however slow"
    assert "nothing quicker fits" in advice.chosen[0].why


def test_a_large_model_is_taken_on_a_cpu_only_when_its_speed_is_known() -> None:
    fast = {(IDENTITY[MIDDLE], "transformers", "cpu"): Speed(500, 40)}
    assert models_of(recommend(on_cpu(60), MODELS, 5_000, {}, NO_LIMIT)) == [MIDDLE, MIDDLE]
    assert models_of(recommend(on_cpu(60), MODELS, 5_000, fast, NO_LIMIT)) == [SEVEN, SEVEN]


def test_the_engine_that_was_measured_as_faster_is_taken() -> None:
    speeds = {
        (IDENTITY[MIDDLE], "llama", "cpu"): Speed(80, 20),
        (IDENTITY[MIDDLE], "transformers", "cpu"): Speed(300, 30),
    }
    advice = recommend(on_cpu(12), MODELS, 5_000, speeds, USUAL)
    assert {one.engine for one in advice.chosen} == {"transformers"}
    assert "30 tokens/s written, 300 read, measured here" in advice.chosen[0].why
    assert "--set codegen.engine=transformers" in advice.next_steps[0]
    assert not any("--probe" in step for step in advice.next_steps)


@pytest.mark.parametrize(
    ("lines", "tier"),
    [(None, "small"), (999, "small"), (1000, "medium"), (10_000, "medium"), (10_001, "large")],
)
def test_the_size_of_the_code_base_decides_the_tier(lines: int | None, tier: str) -> None:
    assert recommend(on_cpu(5), MODELS, lines, {}, USUAL).tier.startswith(tier)


def hardware(graphics: Sequence[Graphics]) -> Hardware:
    return Hardware("a processor", 4, 4, 16 * GIGABYTE, 12 * GIGABYTE, ("avx2",), tuple(graphics))


def test_graphics_whose_free_memory_is_unknown_or_that_are_switched_off_are_not_counted_on() -> None:
    known = Graphics("cuda", "A", 24 * GIGABYTE, 20 * GIGABYTE)

    def machine(*graphics: Graphics, use_gpu: bool = True) -> Machine:
        found = hardware(graphics)
        settings = HardwareSettings(use_gpu, max_memory_per_model_gb=8, threads=0, int8_weights=True)
        return machine_of(found, settings, llama_graphics=("A",), torch_build="cpu")

    assert machine(known).graphics_room == (20 * GIGABYTE,)
    assert not machine(known).torch_on_graphics
    assert machine(Graphics("cuda", "A")).devices(usable=True) == ("cpu",)
    assert machine(known, use_gpu=False).graphics == ""
    assert machine(Graphics("mps", "Apple GPU")).graphics_room[0] < 12 * GIGABYTE
    assert machine(known).wide_numbers


def test_the_memory_of_graphics_is_read_from_the_drivers(tmp_path: Path) -> None:
    assert nvidia_device("NVIDIA H200, 143771, 143000") == Graphics(
        "cuda", "NVIDIA H200", 143_771 * 2**20, 143_000 * 2**20
    )
    assert nvidia_device("NVIDIA Thing, [N/A], [N/A]") == Graphics("cuda", "NVIDIA Thing")
    device = tmp_path / "card0" / "device"
    device.mkdir(parents=True)
    (device / "mem_info_vram_total").write_text("8000\n")
    assert amd_devices(tmp_path) == []
    (device / "mem_info_vram_used").write_text("1000\n")
    assert amd_devices(tmp_path) == [Graphics("rocm", "AMD GPU", 8000, 7000)]


def test_a_container_has_the_memory_that_its_limit_leaves(tmp_path: Path) -> None:
    assert container_memory(tmp_path, 100, 90) == (100, 90)
    (tmp_path / "memory.current").write_text("30\n")
    (tmp_path / "memory.stat").write_text("anon 20\ninactive_file 8\nactive_file 2\n")
    (tmp_path / "memory.max").write_text("max\n")
    assert container_memory(tmp_path, 100, 90) == (100, 90)
    (tmp_path / "memory.max").write_text("50\n")
    assert container_memory(tmp_path, 100, 90) == (50, 28)


def test_what_torch_is_built_for_is_told_without_importing_it() -> None:
    import torch

    expected = "cuda" if torch.version.cuda else "rocm" if torch.version.hip else "cpu"
    assert torch_build() == ("mps" if torch.backends.mps.is_built() else expected)


def test_the_sizes_of_the_hub_models_follow_from_their_architecture() -> None:
    import torch
    from transformers import AutoModelForCausalLM, Qwen2Config

    for model, layers, width, heads, inner in (
        (HUB_MODELS[0], 28, 3584, 4, 18_944),
        (HUB_MODELS[1], 48, 5120, 8, 13_824),
    ):
        config = Qwen2Config(
            vocab_size=152_064,
            hidden_size=width,
            num_hidden_layers=layers,
            num_attention_heads=width // 128,
            num_key_value_heads=heads,
            intermediate_size=inner,
            tie_word_embeddings=False,
        )
        with torch.device("meta"):
            empty = AutoModelForCausalLM.from_config(config)
        assert sum(parameter.numel() for parameter in empty.parameters()) == model.weights
        assert 2 * layers * heads * 128 == model.cache_numbers


def test_what_fits_by_the_recommendation_is_what_the_transformers_engine_loads(tmp_path: Path) -> None:
    directory = write_checkpoint(QWEN, tmp_path)
    size = size_of(str(directory))
    from copilot_tui.models import hardware as this

    need = checkpoint_need(size.weights, size.cache_numbers, 2 if this.has_bfloat16() else 4)
    window = min(64, size.window)
    wanted = replace(
        specification(None, engine="transformers", model=str(directory), window=window, offline=True),
        memory_limit=need.total(window),
    )
    assert load_checkpoint(wanted, print, str(directory)).window == window
    with pytest.raises(ModelLoadError, match="max_memory_per_model_gb"):
        load_checkpoint(replace(wanted, memory_limit=need.total(window) - 1), print, str(directory))


@pytest.mark.model
def test_the_catalogue_knows_what_the_files_say() -> None:
    store = ModelStore()
    smollm_file()
    for model in catalogue_models(store.installed()):
        path = store.path(model.name)
        if path is not None:
            header = read_header(path)
            assert (header.cache_bytes_per_token, header.window) == (2 * model.cache_numbers, model.window)


@pytest.mark.model
def test_what_fits_by_the_recommendation_is_what_the_llama_engine_loads() -> None:
    choice = choices(MODELS[0], on_cpu(1))[0]
    needed = choice.bytes(2048)
    assert fits(choice, on_cpu(1), Limits(needed, 2048))
    assert not fits(choice, on_cpu(1), Limits(needed - 1, 2048))
    assert largest_window(choice, on_cpu(1), Limits(needed, 0)) == 2048
    path = smollm_file()
    load_llama(specification(path, memory_limit=needed), print).close()
    with pytest.raises(ModelLoadError, match="max_memory_per_model_gb"):
        load_llama(specification(path, memory_limit=needed - 1), print)


@pytest.mark.model
async def test_a_probe_measures_a_model_and_is_remembered(tmp_path: Path) -> None:
    engine = load_llama(specification(smollm_file(), prompt_lookup=False), print)
    try:
        speed = await measure(engine)
    finally:
        engine.close()
    assert speed.prompt > speed.reply > 0
    memory = SpeedMemory(tmp_path, "a processor", 1)
    memory.remember("hash", "llama", "cpu", Speed(1, 1))
    memory.remember("hash", "llama", "cpu", speed)
    assert memory.speeds() == {("hash", "llama", "cpu"): speed}
    assert SpeedMemory(tmp_path, "a processor", 2).speeds() == {}
    assert SpeedMemory(tmp_path, "another", 1).speeds() == {}


def test_speeds_that_cannot_be_read_count_as_not_measured(tmp_path: Path) -> None:
    (tmp_path / "speeds.json").write_text('[{"identity": 3')
    memory = SpeedMemory(tmp_path, "a processor", 1)
    assert memory.speeds() == {}
    memory.remember("hash", "llama", "cpu", Speed(2, 1))
    assert memory.speeds() == {("hash", "llama", "cpu"): Speed(2, 1)}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A code base of 1,200 lines, and an empty model store."""
    monkeypatch.setenv("COPILOT_TUI_MODELS__DIRECTORY", str(tmp_path / "models"))
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "a.c").write_text("int a;\n" * 1200)
    (folder / "README.md").write_text("words\n" * 20_000)
    monkeypatch.chdir(folder)
    return folder


def call(*arguments: str) -> int:
    with pytest.raises(SystemExit) as left:
        main(["models", "recommend", *arguments])
    return int(left.value.code or 0)


def answer(capture: pytest.CaptureFixture[bytes]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capture.readouterr().out.decode().splitlines()]


def test_the_command_looks_at_the_code_and_says_what_to_fetch(
    project: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert call("--json") == 0
    (told,) = answer(capfdbinary)
    assert told["lines"] == 1200
    advice = told["recommendation"]
    assert advice["tier"].startswith("medium")
    assert all(f"copilot-tui models pull {one['model']}" in advice["next_steps"] for one in advice["chosen"])


def test_the_command_ends_with_3_when_nothing_fits(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COPILOT_TUI_HARDWARE__MAX_MEMORY_PER_MODEL_GB", "0.2")
    assert call() == 3
    assert "Nothing fits" in capsys.readouterr().out
    assert call("--model", TINY) == 3
    assert "Does not fit: smollm2-135m (Q4_1, llama on the CPU)" in capsys.readouterr().out


def test_doctor_tells_which_models_fit(
    project: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.setenv("COPILOT_TUI_HARDWARE__MAX_MEMORY_PER_MODEL_GB", "0.6")
    with pytest.raises(SystemExit):
        main(["doctor", "--json"])
    told = {check["name"]: check["detail"] for check in answer(capfdbinary)}
    assert told[TINY].endswith("takes 0.6 GB, which fits")
    assert told[MIDDLE].endswith("takes 1.6 GB, which does not fit")


def test_the_command_tells_whether_an_unknown_checkpoint_fits(
    project: Path, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    directory = write_checkpoint(QWEN, tmp_path)
    assert call("--model", str(directory), "--json") == 0
    (told,) = answer(capfdbinary)
    assert (told["engine"], told["device"], told["fits"]) == ("transformers", "cpu", True)
    assert call("--model", "./no-such.gguf") == 3
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF")
    assert call("--model", str(broken)) == 3
