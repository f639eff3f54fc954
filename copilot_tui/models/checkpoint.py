"""Loading a Hugging Face checkpoint: from a directory, the hub's local cache, or the hub.

Where the model goes is decided here: the device, the number format that the device computes well, and
over how many devices the layers are spread. Nothing from a checkpoint is ever run as code
(``trust_remote_code`` is off), and what it needs in memory is compared with the limit first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import transformers
from huggingface_hub.errors import (
    GatedRepoError,
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
)
from huggingface_hub.utils.tqdm import disable_progress_bars
from safetensors import SafetensorError
from tokenizers import Tokenizer
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

from copilot_tui.core.errors import ModelLoadError, ModelNotFoundError
from copilot_tui.models import hardware
from copilot_tui.models.engine_table import EngineSpecification, Notice
from copilot_tui.models.int8_weights import use_int8_weights
from copilot_tui.models.memory_need import cache_numbers, checkpoint_need

_DEFAULT_WINDOW = 2048  # for a model that does not name its own
_END_TEXTS = ("<|im_end|>", "<|endoftext|>", "<|eot_id|>", "<|end_of_text|>", "<|file_sep|>", "</s>")
_PLAIN_ATTENTION = {"full_attention", "sliding_attention"}


@dataclass(frozen=True, slots=True)
class CheckpointSize:
    """What a checkpoint's configuration tells: ``weights`` and ``cache_numbers`` (for each token) are counts
    of numbers, ``window`` is in tokens, 0 where it is not told."""

    weights: int
    cache_numbers: int
    window: int


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A loaded model. ``kind`` is its model type; ``cache_bytes`` is what one token takes in the KV cache."""

    model: torch.nn.Module
    tokenizer: Any
    kind: str
    window: int
    vocabulary: int
    end_tokens: frozenset[int]
    cache_bytes: int
    device: str

    @property
    def backend(self) -> Tokenizer:
        """The tokenizer itself, without the transformers class around it."""
        backend: Tokenizer = self.tokenizer.backend_tokenizer
        return backend


def load_checkpoint(specification: EngineSpecification, notice: Notice, source: str) -> Checkpoint:
    """The checkpoint at ``source``, a directory or a name on the hub. Takes seconds.

    Raises :class:`ModelNotFoundError` or :class:`ModelLoadError`.
    """
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()  # it would be written over the screen
    disable_progress_bars()
    local = {"local_files_only": specification.offline}
    try:
        config = AutoConfig.from_pretrained(source, **local)
        device = choose_device(specification, notice)
        dtype = number_format(device)
        window = _window(specification.window, config, notice, specification.model)
        numbers = _cache_numbers(config)
        cache_bytes = numbers * dtype.itemsize
        _check_memory(specification, _count_weights(config), numbers, window=window, dtype=dtype)
        tokenizer = AutoTokenizer.from_pretrained(source, use_fast=True, **local)
        model, device = _load_model(specification, source, dtype, device, notice)
    except (OSError, ValueError, SafetensorError) as error:
        raise _explained(specification.model, error) from error
    if not hasattr(tokenizer, "backend_tokenizer"):
        raise ModelLoadError(
            f"{specification.model} has no fast tokenizer (tokenizer.json).",
            "Convert it with transformers, or use another copy of the model.",
        )
    if device == "cpu":
        torch.set_num_threads(specification.threads or hardware.usable_cores())
        if specification.int8_weights:
            use_int8_weights(model)
    model.eval()
    text = config.get_text_config(decoder=True)
    return Checkpoint(
        model=model,
        tokenizer=tokenizer,
        kind=str(config.model_type),
        window=window,
        vocabulary=int(text.vocab_size),
        end_tokens=_end_tokens(model, tokenizer),
        cache_bytes=cache_bytes,
        device=device,
    )


def size_of(source: str) -> CheckpointSize:
    """The size of the checkpoint in the directory ``source``, from its configuration; loads no weights.

    Raises :class:`ModelNotFoundError` or :class:`ModelLoadError`.
    """
    try:
        config = AutoConfig.from_pretrained(source, local_files_only=True)
        return CheckpointSize(_count_weights(config), _cache_numbers(config), _own_window(config))
    except (OSError, ValueError) as error:
        raise _explained(source, error) from error


def choose_device(specification: EngineSpecification, notice: Notice) -> str:
    """cuda (which is also what ROCm is called), mps or cpu."""
    wanted = specification.device
    usable = [
        name
        for name, there in (("cuda", torch.cuda.is_available()), ("mps", torch.backends.mps.is_available()))
        if there
    ]
    if wanted in {"cuda", "mps"}:
        if wanted not in usable:
            raise ModelLoadError(
                f"device is {wanted}, which the installed torch cannot use here.",
                'Set device = "auto" or "cpu", or install a torch build for this device.',
            )
        return wanted
    if wanted == "cpu" or not specification.use_gpu:
        return "cpu"
    if usable:
        return usable[0]
    notice("No graphics device that torch can use was found; the model runs on the CPU.")
    return "cpu"


def number_format(device: str) -> torch.dtype:
    """What ``device`` computes well: half the bytes where it has instructions for it."""
    if device == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    if device == "mps":
        return torch.float16
    return torch.bfloat16 if hardware.has_bfloat16() else torch.float32


def _load_model(
    specification: EngineSpecification, source: str, dtype: torch.dtype, device: str, notice: Notice
) -> tuple[torch.nn.Module, str]:
    """The model and its device. Layers are loaded one by one straight to where they belong."""
    place: str = device
    if device == "cuda":
        place = "auto"  # accelerate spreads the layers over all GPUs, and over main memory if need be
    options: dict[str, Any] = {"dtype": dtype, "local_files_only": specification.offline}
    try:
        model = AutoModelForCausalLM.from_pretrained(source, device_map=place, **options)
    except (torch.OutOfMemoryError, MemoryError) as error:
        if device == "cpu" or specification.device == device:
            raise ModelLoadError(
                f"There is not enough memory on the {device} for {specification.model}.",
                "Choose a smaller model, or close other programs.",
            ) from error
        notice(f"{specification.model} does not fit into the graphics memory; it runs on the CPU.")
        options["dtype"] = number_format("cpu")
        return AutoModelForCausalLM.from_pretrained(source, device_map="cpu", **options), "cpu"
    return model, device


def _window(asked: int, config: Any, notice: Notice, name: str) -> int:
    own = _own_window(config) or asked or _DEFAULT_WINDOW
    if asked > own:
        notice(f"context_window is {asked}, but {name} was made for {own} tokens; {own} are used.")
    return min(asked or own, own)


def _own_window(config: Any) -> int:
    return int(getattr(config.get_text_config(decoder=True), "max_position_embeddings", 0) or 0)


def _cache_numbers(config: Any) -> int:
    text = config.get_text_config(decoder=True)
    if not _PLAIN_ATTENTION.issuperset(getattr(text, "layer_types", None) or ()):
        raise ModelLoadError(
            f"Models of the type {config.model_type} keep a state that cannot be rewound.",
            "Use a GGUF file of it with the llama engine.",
        )
    heads = int(text.num_attention_heads)
    size = int(getattr(text, "head_dim", None) or text.hidden_size // heads)
    shared = 1 if getattr(text, "multi_query", False) else getattr(text, "num_key_value_heads", None)
    return cache_numbers(int(text.num_hidden_layers), int(shared or heads), 2 * size)


def _count_weights(config: Any) -> int:
    with torch.device("meta"):
        empty = AutoModelForCausalLM.from_config(config)
    return sum(parameter.numel() for parameter in empty.parameters())


def _check_memory(
    specification: EngineSpecification, weights: int, numbers: int, *, window: int, dtype: torch.dtype
) -> None:
    needed = checkpoint_need(weights, numbers, dtype.itemsize).total(window)
    if needed > specification.memory_limit:
        raise ModelLoadError(
            f"{specification.model} with its window needs about {needed / 1e9:.1f} GB as {_plain(dtype)}; "
            f"hardware.max_memory_per_model_gb allows {specification.memory_limit / 1e9:.1f} GB.",
            "Lower context_window, choose a smaller model or a GGUF file of it, or raise the limit.",
        )


def _plain(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


def _end_tokens(model: Any, tokenizer: Any) -> frozenset[int]:
    """All tokens that end a reply: what the checkpoint names, and the usual control tokens it has."""
    named: list[int] = [] if tokenizer.eos_token_id is None else [int(tokenizer.eos_token_id)]
    configured = getattr(model.generation_config, "eos_token_id", None)
    named += configured if isinstance(configured, list) else [configured] if configured is not None else []
    special = {token.content: number for number, token in tokenizer.added_tokens_decoder.items()}
    named += [special[text] for text in _END_TEXTS if text in special]
    return frozenset(named)


def _causes(error: BaseException) -> Iterator[BaseException]:
    current: BaseException | None = error
    while current is not None:
        yield current
        current = current.__cause__ or current.__context__


def _explained(name: str, error: Exception) -> Exception:
    """What to do about an error of transformers or the hub."""
    causes = list(_causes(error))
    if any(isinstance(cause, GatedRepoError) for cause in causes):
        return ModelLoadError(
            f"{name} is gated: its owner lets in only those who accepted its licence.",
            f"Accept it at https://huggingface.co/{name}, then log in with `hf auth login` or set HF_TOKEN "
            "to a token of your account.",
        )
    missing = (RepositoryNotFoundError, LocalEntryNotFoundError, OfflineModeIsEnabled)
    if any(isinstance(cause, missing) for cause in causes):
        return ModelNotFoundError(
            f"{name} is neither a directory nor in the local cache of the Hugging Face hub, and the hub "
            "does not have it or cannot be reached.",
            f"Check the name and models.offline, or fetch it where there is a network: hf download {name}",
        )
    directory = Path(name).expanduser()
    if directory.is_dir() and not (directory / "config.json").is_file():
        return ModelNotFoundError(
            f"{directory} holds no checkpoint: it has no config.json.", "Check model_path."
        )
    first = str(error).strip().split("\n")[0].rstrip(".")
    return ModelLoadError(f"transformers could not load {name}: {first}.", "See copilot-tui doctor.")
