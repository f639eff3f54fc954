"""From a GGUF file to a checkpoint: made once, whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from copilot_tui.core.errors import ModelFileError
from copilot_tui.models.catalog import find
from copilot_tui.models.gguf_conversion import convert
from copilot_tui.models.model_store import ModelStore, converted_directory


def test_a_converted_model_lies_in_the_store_and_goes_with_its_file(tmp_path: Path) -> None:
    store, entry = ModelStore(tmp_path), find("smollm2-135m")
    store.blob(entry).parent.mkdir()
    store.blob(entry).write_bytes(b"weights")
    made = converted_directory(store.blob(entry))
    assert made.parent == tmp_path / "converted"
    made.mkdir(parents=True)
    (made / "model.safetensors").write_bytes(b"more weights")
    assert store.remove("smollm2-135m") == len(b"weights") + len(b"more weights")
    assert not made.exists()


def test_a_checkpoint_that_is_there_is_taken_at_once(tmp_path: Path) -> None:
    file = tmp_path / "other.gguf"
    converted_directory(file).mkdir()
    notices: list[str] = []
    assert convert(file, notices.append) == tmp_path / "other.converted"
    assert notices == []


def test_a_broken_file_is_refused_and_leaves_nothing_behind(tmp_path: Path) -> None:
    file = tmp_path / "broken.gguf"
    file.write_bytes(b"no model")
    with pytest.raises(ModelFileError, match=r"broken\.gguf"):
        convert(file, lambda text: None)
    assert list(tmp_path.iterdir()) == [file]


def test_the_librarys_own_bar_gives_way_to_our_progress(capfd: pytest.CaptureFixture[str]) -> None:
    from transformers import modeling_gguf_pytorch_utils as library

    from copilot_tui.models.gguf_conversion import _told_to

    bar, shares = library.tqdm, list[float]()
    with _told_to(shares.append):
        assert list(library.tqdm([1, 2, 3, 4], desc="Converting")) == [1, 2, 3, 4]
    assert shares == [0.25, 0.5, 0.75, 1.0]
    assert capfd.readouterr() == ("", "")
    assert library.tqdm is bar
