"""``copilot-tui index`` and ``copilot-tui breadcrumbs`` from the outside."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from copilot_tui.cli.main import main


@pytest.fixture(autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


def _run(capfd: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as exit_:
        main(list(arguments))
    out, err = capfd.readouterr()
    return int(exit_.value.code or 0), out, err


def test_build_status_search(code_base: Path, capfd: pytest.CaptureFixture[str]) -> None:
    source = ["--source", str(code_base)]
    assert json.loads(_run(capfd, "index", "status", "--json", *source)[1])["files"] == 0
    code, out, _ = _run(capfd, "index", "build", *source)
    assert (code, out.split(",")[0]) == (0, "5 files: 5 read")
    assert json.loads(_run(capfd, "index", "status", "--json", *source)[1])["files"] == 5
    code, out, _ = _run(capfd, "index", "search", "--json", "--limit", "2", "reverse", "a", "string", *source)
    files = [json.loads(line) for line in out.splitlines()]
    assert (code, len(files), files[0]["path"]) == (0, 2, "src/text.c")
    assert files[0]["spans"][0]["symbol"] == "text_reverse"


def test_breadcrumbs_list_and_check(code_base: Path, capfd: pytest.CaptureFixture[str]) -> None:
    source = ["--source", str(code_base)]
    code, out, _ = _run(capfd, "breadcrumbs", "list", *source)
    assert (code, out) == (0, "src/text.c:12  NOT_STARTED  TEXT_UPPER  text_upper\n")
    assert _run(capfd, "breadcrumbs", "list", "--status", "fixed", *source)[1] == ""
    assert _run(capfd, "breadcrumbs", "check", *source)[0] == 0

    (code_base / "bad.c").write_text("// AI_STATUS: PARTIAL\n// AI_CONTEXT: {\nint f(void);\n")
    code, out, _ = _run(capfd, "breadcrumbs", "check", *source)
    assert code == 1
    assert out == "bad.c:1: error: AI_PHASE is missing\nbad.c:1: error: AI_CONTEXT is not a JSON object\n"


def test_breadcrumbs_graph(code_base: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (code_base / "b.c").write_text(
        '// AI_PHASE: "B"\n// AI_STATUS: PARTIAL\n// AI_DEPENDENCIES: TEXT_UPPER\n'
    )
    code, out, _ = _run(capfd, "breadcrumbs", "graph", "--source", str(code_base))
    assert (code, out) == (0, '"B" (b.c:1)  depends on  TEXT_UPPER (src/text.c:12)\n')
    _, out, _ = _run(capfd, "breadcrumbs", "graph", "--dot", "--source", str(code_base))
    assert '"b.c:1" [label="\\"B\\" (PARTIAL)"];' in out


def test_a_missing_folder_is_a_usage_error(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    code, out, err = _run(capfd, "index", "build", "--source", str(tmp_path / "missing"))
    assert (code, out) == (2, "")
    assert "missing" in err
