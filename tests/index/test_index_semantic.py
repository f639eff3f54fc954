"""Functions by meaning: the distilled word vectors, the incremental index, and the search with them.

The table here is made up: words of one group point in the same direction. That the real table does the
same for English is checked by the test marked ``model``, where it is installed.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from copilot_tui.core.config import ExplorationSettings
from copilot_tui.core.errors import ModelFileError
from copilot_tui.index.code_index import CodeIndex
from copilot_tui.index.word_vectors import DIMENSIONS, WordVectors, bag
from copilot_tui.models.catalog import SEARCH_TABLE
from copilot_tui.models.model_store import ModelStore

Settings = Callable[..., ExplorationSettings]
GROUPS = (
    ("upper", "capital", "majuscule", "toup"),
    ("text", "string", "str"),
    ("reverse", "flip"),
    ("number", "digit"),
)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """A table in the published form: groups of words, each along an axis of its own, and a bit of noise."""
    rng = np.random.default_rng(1)
    tokens = [(word, axis) for axis, group in enumerate(GROUPS) for word in group]
    codes = rng.integers(-1, 2, (len(tokens) + 1, 512)).astype(np.int8)
    for row, (_, axis) in enumerate(tokens):
        codes[row, axis] = 100
    path = tmp_path / "models" / "blobs" / "table.npz"
    path.parent.mkdir(parents=True)
    vocabulary = {f"\u0120{word}": number for number, (word, _) in enumerate(tokens)}
    vocabulary |= {"per": len(tokens), "ordinary": len(tokens) + 1}  # one row for two: left out
    np.savez(
        path,
        lut=np.array([*range(len(tokens)), len(tokens), len(tokens)], np.int32),
        A=codes,
        A_scale=np.full(len(codes), 0.01, np.float32),
        B=np.eye(512, 1024, dtype=np.float32),
        tokenizer=np.frombuffer(json.dumps({"model": {"vocab": vocabulary}}).encode(), np.uint8),
    )
    return path


def _index(code_base: Path, tmp_path: Path, settings: ExplorationSettings, table: Path | None) -> CodeIndex:
    index = CodeIndex(code_base, tmp_path / "index", settings, (), table)
    index.refresh()
    return index


def test_words_of_one_meaning_are_near_and_unknown_ones_are_none(table: Path, tmp_path: Path) -> None:
    words = WordVectors.open(table, tmp_path / "words")
    upper, capital, flip = (words.embed(bag(([word], 1.0))) for word in ("upper", "capital", "flip"))
    assert upper is not None and capital is not None and flip is not None
    assert float(upper @ capital) > 0.9 > 0.3 > float(upper @ flip)
    assert words.vector("ordinary") is None
    assert words.vector("zzz") is None


def test_a_word_of_which_only_pairs_of_letters_are_known_means_nothing() -> None:
    words = WordVectors(
        {"zz": 0, "yz": 1, "upper": 2}, np.ones((3, DIMENSIONS), np.int8), np.ones(3, np.float32)
    )
    assert words.vector("zzyzx") is None
    assert words.vector("zz") is not None
    assert words.vector("zzupper") is not None


def test_what_was_distilled_is_used_again(table: Path, tmp_path: Path) -> None:
    first = WordVectors.open(table, tmp_path / "words").vector("upper")
    table.write_bytes(b"")
    again = WordVectors.open(table, tmp_path / "words").vector("upper")
    assert first is not None
    assert again is not None
    assert first.tolist() == again.tolist()


def test_a_file_that_is_no_table_is_refused(tmp_path: Path) -> None:
    bad = tmp_path / "bad.npz"
    bad.write_bytes(b"PK nonsense")
    with pytest.raises(ModelFileError, match="not the table"):
        WordVectors.open(bad, tmp_path / "words")


def test_a_synonym_finds_the_function_and_says_so(
    code_base: Path, tmp_path: Path, settings: Settings, table: Path
) -> None:
    (code_base / "src" / "case.c").write_text("void str_toup(char *s)\n{\n    *s -= 32;\n}\n")
    index = _index(code_base, tmp_path, settings(), table)
    best = index.rank("majuscule", 3)
    assert {file.path for file in best} >= {"src/case.c"}
    (case,) = [file for file in best if file.path == "src/case.c"]
    assert case.reasons == ("means much the same: str_toup",)
    assert [span.symbol for span in case.spans] == ["str_toup"]


def test_only_what_changed_is_embedded_again_and_what_is_gone_goes(
    code_base: Path, tmp_path: Path, settings: Settings, table: Path
) -> None:
    index = _index(code_base, tmp_path, settings(), table)
    assert [meant.name for meant in index.nearest("digit", 1)] == ["number_gcd"]
    table.write_bytes(b"")  # the vectors of unchanged files must do
    (code_base / "src" / "number.c").rename(code_base / "src" / "other.c")
    index.refresh()
    assert [(meant.path, meant.name) for meant in index.nearest("digit", 1)] == [
        ("src/other.c", "number_gcd")
    ]


def test_what_another_process_embedded_is_found_too(
    code_base: Path, tmp_path: Path, settings: Settings, table: Path
) -> None:
    index = _index(code_base, tmp_path, settings(), table)
    assert "str_toup" not in {meant.name for meant in index.nearest("majuscule", 3)}
    (code_base / "src" / "case.c").write_text("void str_toup(char *s)\n{\n    *s -= 32;\n}\n")
    _index(code_base, tmp_path, settings(), table)
    index.refresh()
    assert index.nearest("majuscule", 1)[0].name == "str_toup"


def test_without_the_table_words_alone_are_compared_and_a_notice_tells_how_to_get_it(
    code_base: Path, tmp_path: Path, settings: Settings
) -> None:
    index = _index(code_base, tmp_path, settings(), None)
    assert index.rank("reverse a string", 1)[0].path == "src/text.c"
    assert index.nearest("reverse", 3) == []
    assert "copilot-tui models pull code-words" in index.notice


def test_a_broken_table_leaves_the_words_and_a_notice(
    code_base: Path, tmp_path: Path, settings: Settings, table: Path
) -> None:
    table.write_bytes(b"nonsense")
    index = _index(code_base, tmp_path, settings(), table)
    assert index.rank("reverse a string", 1)[0].path == "src/text.c"
    assert "words only" in index.notice


def test_semantic_false_switches_it_off_without_a_notice(
    code_base: Path, tmp_path: Path, settings: Settings, table: Path
) -> None:
    (code_base / "src" / "case.c").write_text("void str_toup(char *s)\n{\n    *s -= 32;\n}\n")
    index = _index(code_base, tmp_path, settings(semantic=False), table)
    assert (index.rank("majuscule", 3), index.notice) == ((), "")


def test_a_damaged_database_of_vectors_is_made_anew(
    code_base: Path, tmp_path: Path, settings: Settings, table: Path
) -> None:
    _index(code_base, tmp_path, settings(), table)
    for suffix in ("-wal", "-shm"):
        (tmp_path / "index" / f"meaning.db{suffix}").unlink(missing_ok=True)
    (tmp_path / "index" / "meaning.db").write_bytes(b"nonsense" * 1000)
    index = _index(code_base, tmp_path, settings(), table)
    assert [meant.name for meant in index.nearest("digit", 1)] == ["number_gcd"]


@pytest.mark.model
def test_the_real_table_knows_that_making_text_upper_case_is_str_toupper(
    tmp_path: Path, settings: Settings
) -> None:
    real = ModelStore().path(SEARCH_TABLE.name)
    if real is None:
        pytest.skip("the table is not installed: copilot-tui models pull code-words")
    names = ("str_toupper", "str_trim", "list_sort", "tree_insert", "number_gcd", "file_open", "buffer_free")
    for name in names:
        path = tmp_path / "code" / f"{name.partition('_')[0]}.c"
        path.parent.mkdir(exist_ok=True)
        with path.open("a") as file:
            file.write(f"void {name}(void)\n{{\n}}\n")
    index = _index(tmp_path / "code", tmp_path, settings(), real)
    assert index.nearest("make text upper case", 1)[0].name == "str_toupper"
    assert index.nearest("greatest common divisor", 1)[0].name == "number_gcd"
    assert index.nearest("release memory", 1)[0].name == "buffer_free"
    assert index.nearest("blorptang zuvex", 3) == []
    best = index.rank("make text upper case", 3)[0]
    assert (best.path, best.spans[0].symbol) == ("str.c", "str_toupper")
