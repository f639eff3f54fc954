"""The encoder reads the leading files anew: the pack's form, its place in the ranking, and how it is missed."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer, models, pre_tokenizers

from copilot_tui.core.config import ExplorationSettings
from copilot_tui.core.errors import ModelFileError
from copilot_tui.index.code_index import CodeIndex
from copilot_tui.index.encoder import Encoder
from copilot_tui.models.catalog import TEXT_ENCODER
from copilot_tui.models.model_store import ModelStore

Settings = Callable[..., ExplorationSettings]
WIDTH, INNER, GROUP = 8, 16, 4
WORDS = ("<s>", "<pad>", "</s>", "<unk>", "upper", "capital", "list", "number", "text", "insert")


def pack(path: Path) -> Path:
    """A pack in the published form: one layer of small random numbers, and a tokenizer of ten words."""
    rng = np.random.default_rng(3)
    tokenizer = Tokenizer(models.WordLevel({word: at for at, word in enumerate(WORDS)}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    shapes = {"word_emb": (len(WORDS), WIDTH), "pos_emb": (140, WIDTH), "type_emb": (2, WIDTH)}
    shapes |= {
        "emb_ln.w": (WIDTH,),
        "emb_ln.b": (WIDTH,),
        "l0.qkv.w": (3 * WIDTH, WIDTH),
        "l0.qkv.b": (3 * WIDTH,),
    }
    shapes |= {"l0.ao.w": (WIDTH, WIDTH), "l0.ao.b": (WIDTH,), "l0.aln.w": (WIDTH,), "l0.aln.b": (WIDTH,)}
    shapes |= {"l0.f1.w": (INNER, WIDTH), "l0.f1.b": (INNER,), "l0.f2.w": (WIDTH, INNER), "l0.f2.b": (WIDTH,)}
    shapes |= {"l0.fln.w": (WIDTH,), "l0.fln.b": (WIDTH,)}
    entries, blobs = [], []
    for name, shape in shapes.items():
        eight_bits = len(shape) == 2 and name not in {"pos_emb", "type_emb"}
        if eight_bits:
            codes = rng.integers(-127, 128, shape).astype(np.int8)
            blob = codes.tobytes() + np.full(codes.size // GROUP, 0.02, np.float32).tobytes()
        else:
            blob = rng.normal(1.0 if name.endswith("n.w") else 0.0, 0.1, shape).astype(np.float32).tobytes()
        kind = "i8" if eight_bits else "f32"
        entries.append({"name": name, "dtype": kind, "shape": shape, "len": len(blob), "group": GROUP})
        blobs.append(blob)
    text = tokenizer.to_str().encode()
    arch = {"layers": 1, "heads": 2, "layer_norm_eps": 1e-12, "position_offset": 2}
    head = json.dumps({"arch": arch, "tokenizer_len": len(text), "tensors": entries}).encode()
    path.write_bytes(b"HMSEMB01" + struct.pack("<Q", len(head)) + head + text + b"".join(blobs))
    return path


def test_a_text_has_one_vector_whatever_it_is_read_with(tmp_path: Path) -> None:
    encoder = Encoder.open(pack(tmp_path / "pack"))
    together = encoder.embed(["upper text", "insert number list text upper", "capital"])
    assert together.shape == (3, WIDTH)
    assert np.allclose(np.linalg.norm(together, axis=1), 1.0, atol=1e-5)
    for text, row in zip(("upper text", "insert number list text upper", "capital"), together, strict=True):
        assert np.allclose(encoder.embed([text])[0], row, atol=1e-5)
    assert not np.allclose(together[0], together[2])


@pytest.mark.parametrize("damage", [b"", b"HMSEMB01", b"something else", None])
def test_a_pack_that_is_none_is_named(tmp_path: Path, damage: bytes | None) -> None:
    path = pack(tmp_path / "pack")
    path.write_bytes(path.read_bytes()[:2000] if damage is None else damage)
    with pytest.raises(ModelFileError, match="copilot-tui models pull code-encoder"):
        Encoder.open(path)


@pytest.fixture
def code_base(tmp_path: Path) -> Path:
    folder = tmp_path / "code"
    folder.mkdir()
    (folder / "letters.c").write_text("/* Capitals. */\nvoid str_toupper(char *s)\n{\n    *s -= 32;\n}\n")
    (folder / "list.c").write_text("/* Text. */\nvoid list_insert(int n)\n{\n    n++;\n}\n")
    return folder


def test_the_encoder_reads_only_when_it_is_asked_to(
    code_base: Path, tmp_path: Path, settings: Settings
) -> None:
    encoder = pack(tmp_path / "pack")
    reasons = {}
    for rerank in (False, True):
        chosen = settings(rerank=rerank, semantic=False)
        index = CodeIndex(code_base, tmp_path / f"index{rerank}", chosen, (), None, encoder)
        index.refresh()
        files = index.rank("insert capitals into the list", 5)
        reasons[rerank] = {reason for file in files for reason in file.reasons}
        assert index.notice == ""
    assert "reads much like the query" in reasons[True] - reasons[False]


def test_a_missing_encoder_is_told_once_with_what_to_do(
    code_base: Path, tmp_path: Path, settings: Settings
) -> None:
    index = CodeIndex(code_base, tmp_path / "index", settings(rerank=True, semantic=False))
    assert "copilot-tui models pull code-encoder" in index.notice
    index.refresh()
    assert index.rank("insert text into the list", 5)


@pytest.mark.model
def test_the_real_encoder_knows_what_words_mean() -> None:
    path = ModelStore().path(TEXT_ENCODER.name)
    if path is None:
        pytest.skip("fetch it: copilot-tui models pull code-encoder")
    ask, upper, other = Encoder.open(path).embed(
        ["make the text upper case", "void str_toupper(char *s)", "int queue_length(struct queue *q)"]
    )
    assert ask @ upper > ask @ other
