"""Who includes and imports whom, and who calls what, for each language's way to say it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from copilot_tui.core.config import ExplorationSettings
from copilot_tui.index.code_index import CodeIndex

Make = Callable[..., ExplorationSettings]

TREES: Mapping[str, tuple[Mapping[str, str], str, tuple[str, ...]]] = {
    "c, the nearest of equal names": (
        {
            "src/main.c": '#include "text.h"\n#include <lib/number.h>\n#include <stdio.h>\n',
            "src/text.h": "",
            "other/text.h": "",
            "include/lib/number.h": "",
            "old/include/lib/number.h": "",
        },
        "src/main.c",
        ("src/text.h", "include/lib/number.h"),
    ),
    "python": (
        {
            "src/app/main.py": "from . import near\nfrom .below.deep import x\nimport app.far as f, os\n",
            "src/app/near.py": "",
            "src/app/below/__init__.py": "",
            "src/app/below/deep.py": "",
            "src/app/far/__init__.py": "",
        },
        "src/app/main.py",
        ("src/app/near.py", "src/app/below/deep.py", "src/app/far/__init__.py"),
    ),
    "rust": (
        {
            "src/main.rs": "mod parse;\nuse crate::net::{http::Client, dns};\n",
            "src/parse.rs": "",
            "src/net/mod.rs": "",
            "src/net/http.rs": "",
            "src/net/dns.rs": "",
        },
        "src/main.rs",
        ("src/parse.rs", "src/net/http.rs", "src/net/dns.rs", "src/net/mod.rs"),
    ),
    "go": (
        {
            "cmd/main.go": 'package main\nimport "x.org/p/net/http"\n',
            "net/http/client.go": "package http",
            "net/http/client_test.go": "package http",
            "http/other.go": "package http",
        },
        "cmd/main.go",
        ("net/http/client.go",),
    ),
    "java": (
        {
            "a/src/p/Main.java": "import p.q.One;\nimport p.r.*;\n",
            "a/src/p/q/One.java": "",
            "a/src/p/r/Two.java": "",
        },
        "a/src/p/Main.java",
        ("a/src/p/q/One.java", "a/src/p/r/Two.java"),
    ),
    "javascript and typescript": (
        {
            "lib/main.ts": "import {a} from './one';\nimport './two.js';\nconst c = require('../three');\n",
            "lib/one.tsx": "",
            "lib/two.ts": "",
            "three/index.js": "",
        },
        "lib/main.ts",
        ("lib/one.tsx", "lib/two.ts", "three/index.js"),
    ),
    "shell": (
        {"bin/run.sh": '. "$HERE/common.sh"\nsource ../lib/log.sh\n', "bin/common.sh": "", "lib/log.sh": ""},
        "bin/run.sh",
        ("bin/common.sh", "lib/log.sh"),
    ),
}


def _built(tmp_path: Path, files: Mapping[str, str], settings: ExplorationSettings) -> CodeIndex:
    for name, text in files.items():
        (tmp_path / "code" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "code" / name).write_text(text or " \n")
    index = CodeIndex(tmp_path / "code", tmp_path / "index", settings)
    index.refresh()
    return index


@pytest.mark.parametrize("tree", TREES)
def test_imports_are_found_from_both_sides(tmp_path: Path, tree: str, settings: Make) -> None:
    files, importer, imported = TREES[tree]
    index = _built(tmp_path, files, settings())
    assert index.includes_of(importer) == imported
    for path in files:
        assert index.included_by(path) == ((importer,) if path in imported else ())


def test_calls_are_found_from_both_sides_and_follow_changes(index: CodeIndex, code_base: Path) -> None:
    assert index.callers_of("number_gcd") == ("src/number.c",)
    assert index.callers_of("text_reverse") == ("tests/test_text.c",)
    assert index.calls_in("tests/test_text.c") == ("text_reverse",)
    (code_base / "tests/test_text.c").write_text("int x;\n")
    (code_base / "src/text.c").unlink()
    index.refresh()
    assert index.callers_of("text_reverse") == index.calls_in("tests/test_text.c") == ()
    assert index.included_by("include/text.h") == ()


def test_a_new_file_gives_an_old_include_its_meaning(tmp_path: Path, settings: Make) -> None:
    index = _built(tmp_path, {"a.c": '#include "late.h"\n'}, settings())
    assert index.includes_of("a.c") == ()
    (tmp_path / "code/late.h").write_text("int late;\n")
    index.refresh()
    assert index.includes_of("a.c") == ("late.h",)
    assert index.included_by("late.h") == ("a.c",)
