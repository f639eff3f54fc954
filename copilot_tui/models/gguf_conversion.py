"""From a GGUF file to a checkpoint that the transformers engine loads in a moment.

transformers can read GGUF, but takes from twenty seconds to minutes for it at each start. So the
weights are unpacked once, into safetensors with 16-bit floats, and kept in the model store beside the
file that they were made from. A directory comes under its final name only when it is complete.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sized
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock

from copilot_tui.core.errors import ModelFileError, ModelLoadError
from copilot_tui.models.engine_table import Notice
from copilot_tui.models.gguf import read_header
from copilot_tui.models.model_store import converted_directory

_BYTES_PER_WEIGHT = 2
_ROOM = 1.1


Progress = Callable[[float], None]
"""Gets the share of the weights that is unpacked, from 0 to 1."""


def convert(file: Path, notice: Notice, progress: Progress | None = None) -> Path:
    """The directory of the checkpoint made from ``file``; made now if it is not there yet.

    Raises :class:`ModelFileError` or :class:`ModelLoadError`.
    """
    target = converted_directory(file)
    if target.is_dir():
        return target
    read_header(file)  # a broken file is told apart from one that transformers does not know
    notice(f"{file.name} is converted for the transformers engine, once; this takes up to a minute or two.")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{target}.lock"):
            if not target.is_dir():
                with _told_to(progress or (lambda share: None)):
                    _write(file, target)
    except OSError as error:
        raise ModelFileError(
            f"{file} could not be converted: {error.strerror or error}.",
            "Make room, or check the permissions of the model directory.",
        ) from error
    return target


@contextmanager
def _told_to(progress: Progress) -> Iterator[None]:
    """transformers shows its own bar over whatever is on the screen; its steps go to ``progress`` instead.

    It offers no switch for this one bar, so the name that it calls is replaced for the while.
    """
    from transformers import modeling_gguf_pytorch_utils as library

    def counted(tensors: Any, **_: object) -> Iterator[object]:
        total = len(tensors) if isinstance(tensors, Sized) else 0
        for number, tensor in enumerate(tensors, 1):
            yield tensor
            if total:
                progress(number / total)

    bar: Any = library.tqdm  # type: ignore[attr-defined]
    library.tqdm = counted  # type: ignore[attr-defined]
    try:
        yield
    finally:
        library.tqdm = bar  # type: ignore[attr-defined]


def _write(file: Path, target: Path) -> None:
    import torch
    import transformers
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    _check_space(file, target.parent)
    fresh = Path(tempfile.mkdtemp(prefix=f"{target.name}.", dir=target.parent))
    try:
        try:
            tokenizer = AutoTokenizer.from_pretrained(file.parent, gguf_file=file.name)
            model = AutoModelForCausalLM.from_pretrained(
                file.parent,
                gguf_file=file.name,
                dtype=torch.bfloat16,
                quantization_config=GgufConfig(dequantize=True),
            )
        except (ValueError, KeyError, RuntimeError, ImportError) as error:
            raise ModelLoadError(
                f"transformers cannot read {file.name}: {error}.", "Use the llama engine for this file."
            ) from error
        model.save_pretrained(fresh)
        tokenizer.save_pretrained(fresh)
        fresh.replace(target)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _check_space(file: Path, directory: Path) -> None:
    """An estimate from below: most files hold at least four bits for each weight."""
    needed = int(file.stat().st_size * 2 * _BYTES_PER_WEIGHT * _ROOM)
    free = shutil.disk_usage(directory).free
    if needed > free:
        raise ModelFileError(
            f"Converting {file.name} needs up to {needed / 1e9:.1f} GB, and {directory} has "
            f"{free / 1e9:.1f} GB free.",
            "Make room, or use the llama engine, which reads the file as it is.",
        )
