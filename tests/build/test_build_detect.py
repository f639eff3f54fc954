"""What a folder's files, and the configuration, say about how it is built."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from copilot_tui.build.detect import BuildRecipe, detect
from copilot_tui.build.makefile import read_targets
from copilot_tui.core.config import BuildSettings, ProjectSettings
from copilot_tui.core.errors import (
    BuildError,
    BuildToolMissingError,
    ConfigurationError,
    CopilotError,
    ExitCode,
    UsageError,
)
from copilot_tui.store.settings import load_settings

BUILD = ("build", f"make -j{os.cpu_count()} --output-sync")
Keep = Callable[..., None]


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def commands(recipe: BuildRecipe) -> list[tuple[str, str]]:
    return [(step.kind, " ".join(step.command)) for step in recipe.steps]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "code base"
    folder.mkdir()
    return folder


@pytest.mark.skipif(sys.platform != "linux", reason="the options of make differ")
@pytest.mark.parametrize(
    ("makefile", "expected"),
    [
        ("all:\n\ttrue\ntest: all\n\ttrue\n", [BUILD, ("test", "make -k test")]),
        ("lib.a:\n\ttrue\ncheck::\n\ttrue\n", [BUILD, ("test", "make -k check")]),
        ("$(PROGRAM): x.o\nclean:\n\ttrue\n", [BUILD]),
        ("help:\n\ttrue\nbuild:\n\ttrue\n", [("build", BUILD[1] + " build")]),
        ("run:\n\t./serve\ntest:\n\ttrue\n", [("test", "make -k test")]),
    ],
)  # fmt: skip
def test_a_makefile_is_built_and_tested_by_its_targets(
    source: Path, settings: BuildSettings, makefile: str, expected: list[tuple[str, str]]
) -> None:
    write(source, {"Makefile": makefile})
    assert commands(detect(source, settings)) == expected


def test_targets_are_found_without_running_the_makefile(source: Path) -> None:
    write(
        source,
        {
            "Makefile": "X := $(shell touch executed)\nVARIABLE = a:b\nimmediate := c\n"
            "include rules.mk\n-include $(wildcard *.d)\n"
            "one \\\n  two: three\n\ttest:\n\t@echo recipe: no target\n"
            "define BODY\nwithin: nothing\nendef\n.PHONY: phantom\n%.o: %.c\n"
            "one: CFLAGS += -g\ncomment # four:\nurl: ; curl http://example.org\n",
            "rules.mk": "check: one\n",
        },
    )
    assert read_targets(source / "Makefile") == ("one", "two", "url", "check")
    assert not (source / "executed").exists()


def test_the_default_goal_can_be_named(source: Path) -> None:
    write(source, {"Makefile": "help:\n\ttrue\nlib:\n\ttrue\n.DEFAULT_GOAL := lib\n"})
    assert read_targets(source / "Makefile")[0] == "lib"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"Cargo.toml": ""}, [("build", "cargo build --all-targets"), ("test", "cargo test --no-fail-fast")]),
        ({"package.json": json.dumps({"scripts": {"test": "jest"}})}, [("test", "npm test")]),
        (
            {"package.json": json.dumps({"scripts": {"build": "tsc", "test": "echo no test specified"}})},
            [("build", "npm run build")],
        ),
        ({"main.c": "", "list.c": "", "notes.txt": ""}, [("build", "gcc -Wall -fsyntax-only list.c main.c")]),
        ({"main.cpp": ""}, [("build", "g++ -Wall -fsyntax-only main.cpp")]),
    ],
)  # fmt: skip
def test_other_build_systems(
    source: Path,
    settings: BuildSettings,
    only_tools: Keep,
    files: dict[str, str],
    expected: list[tuple[str, str]],
) -> None:
    only_tools("cargo", "npm", "gcc", "g++")
    assert commands(detect(write(source, files), settings)) == expected


def test_cmake_builds_outside_the_code_base(source: Path, settings: BuildSettings, only_tools: Keep) -> None:
    only_tools("cmake", "ctest", "make")
    write(source, {"CMakeLists.txt": "project(x)\nEnable_Testing()\n"})
    configure, build, test = detect(source, settings).steps
    folder = Path(configure.command[configure.command.index("-B") + 1])
    assert folder.is_absolute()
    assert source not in folder.parents
    assert build.command[:3] == ("cmake", "--build", str(folder))
    assert (test.kind, test.command, test.directory) == ("test", ("ctest",), str(folder))


@pytest.mark.parametrize(
    "files",
    [
        {"tests/deep/test_text.py": ""},
        {"test_text.py": ""},
        {"pyproject.toml": "[tool.pytest.ini_options]\n"},
        {"setup.cfg": "[tool:pytest]\n"},
    ],
)
def test_python_is_tested_with_the_names_of_the_tests(
    source: Path, settings: BuildSettings, files: dict[str, str]
) -> None:
    (step,) = detect(write(source, files), settings).steps
    assert (step.kind, step.command[1:4]) == ("test", ("-m", "pytest", "-v"))


def test_the_environment_of_the_code_base_runs_its_tests(source: Path, settings: BuildSettings) -> None:
    write(source, {"tests/test_text.py": "", ".venv/bin/python": "", ".venv/bin/pytest": ""})
    (step,) = detect(source, settings).steps
    assert step.command[0] == str(source / ".venv/bin/python")


def test_configured_commands_win_and_the_rest_is_detected(source: Path, settings: BuildSettings) -> None:
    write(source, {"Makefile": "all:\n\ttrue\ntest:\n\ttrue\n"})
    common = replace(settings, build_command="make common", test_command="make 'quick test'")
    recipe = detect(source, common, ProjectSettings(build_command="make graphics"))
    assert recipe.steps[0].command == ("make", "graphics")
    assert recipe.steps[1].command == ("make", "quick test")
    assert recipe.origin == "build from project settings; test from build.test_command"
    recipe = detect(source, replace(settings, build_command="make common"))
    assert commands(recipe) == [("build", "make common"), ("test", "make -k test")]


@pytest.mark.parametrize(
    "text", ["cd sub && make", "make | tee log", "CC=clang make", "make $TARGET", "cd sub"]
)
def test_shell_syntax_goes_to_a_shell(source: Path, settings: BuildSettings, text: str) -> None:
    recipe = detect(source, replace(settings, build_command=text))
    assert recipe.steps[0].command == ("sh", "-c", text)


def refused(source: Path, settings: BuildSettings, kind: type[CopilotError]) -> CopilotError:
    with pytest.raises(kind) as caught:
        detect(source, settings)
    assert type(caught.value) is kind
    return caught.value


def test_nothing_to_build_is_an_error_that_says_what_to_set(source: Path, settings: BuildSettings) -> None:
    assert "empty" in refused(source, settings, BuildError).message
    write(source, {"README": ""})
    error = refused(source, settings, BuildError)
    assert "build.build_command" in error.hint


@pytest.mark.parametrize(
    ("files", "tools", "expected"),
    [
        ({"go.mod": "module a\n"}, ("go",), ["go build ./...", "go test -v ./..."]),
        (
            {"pom.xml": "<project/>"},
            ("mvn",),
            [
                "mvn --batch-mode --no-transfer-progress test-compile",
                "mvn --batch-mode --no-transfer-progress --fail-at-end test",
            ],
        ),
        (
            {"build.gradle.kts": ""},
            ("gradle",),
            [
                "gradle --no-daemon --console=plain testClasses",
                "gradle --no-daemon --console=plain --continue test",
            ],
        ),
        ({"build.ninja": "build check: r\nbuild app: r\n"}, ("ninja",), ["ninja", "ninja check"]),
        (
            {"configure.ac": "", "Makefile.am": ""},
            ("make", "autoreconf"),
            ["autoreconf -i", "./configure", f"make -j{os.cpu_count()}", "make -k check"],
        ),
        ({"configure": ""}, ("make",), ["./configure", f"make -j{os.cpu_count()}"]),
        (
            {
                "compile_commands.json": '[{"directory": ".", "file": "a.c", "command": "cc -DA -c a.c -o a.o"}]'
            },
            ("cc",),
            ["cc -fsyntax-only -DA a.c"],
        ),
    ],
)
def test_more_build_systems(
    source: Path, settings: BuildSettings, only_tools: Keep, files: dict[str, str], tools: tuple[str, ...],
    expected: list[str],
) -> None:  # fmt: skip
    only_tools(*tools)
    assert [command for _, command in commands(detect(write(source, files), settings))] == expected


def test_meson_builds_outside_and_takes_its_folder_up_again(
    source: Path, settings: BuildSettings, only_tools: Keep, monkeypatch: pytest.MonkeyPatch
) -> None:
    only_tools("meson", "ninja")
    monkeypatch.setenv("XDG_CACHE_HOME", str(source.parent / "cache"))
    write(source, {"meson.build": "project('a', 'c')\nsubdir('t')\n", "t/meson.build": "test('a', e)\n"})
    setup, compiling, testing = detect(source, settings).steps
    folder = Path(setup.command[-2])
    assert source.parent / "cache" in folder.parents
    assert compiling.command == ("meson", "compile", "-C", str(folder))
    assert testing.kind == "test"
    folder.mkdir(parents=True)
    (folder / "build.ninja").touch()
    assert "--reconfigure" in detect(source, settings).steps[0].command


def test_a_wrapper_of_the_code_base_is_preferred(
    source: Path, settings: BuildSettings, only_tools: Keep
) -> None:
    only_tools()
    write(source, {"gradlew": "#!/bin/sh\n", "build.gradle": ""})
    (source / "gradlew").chmod(0o755)
    assert detect(source, settings).steps[0].command[0] == "./gradlew"


def test_a_missing_tool_is_named_with_how_to_get_it(
    source: Path, settings: BuildSettings, only_tools: Keep
) -> None:
    only_tools()
    write(source, {"main.c": "int main(void) { return 0; }\n"})
    error = refused(source, settings, BuildToolMissingError)
    assert error.exit_code == ExitCode.NO_BUILD_TOOL
    assert "gcc" in error.message
    assert "apt install gcc" in error.hint
    named = replace(settings, build_command="scons all")
    assert "scons" in refused(source, named, BuildToolMissingError).message


def test_bad_input_is_refused(source: Path, settings: BuildSettings) -> None:
    assert refused(source / "nowhere", settings, UsageError).exit_code == ExitCode.USAGE
    (source / "file").write_text("")
    refused(source / "file", settings, UsageError)
    refused(source, replace(settings, test_command="make 'unclosed"), ConfigurationError)
    write(source, {"package.json": "{"})
    refused(source, settings, BuildError)


def test_the_example_for_aros_names_its_projects_and_their_folders(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(source.parent / "configuration"))
    example = Path(__file__).parents[2] / "docs/examples/aros.toml"
    write(source, {".copilot-tui.toml": example.read_text("utf-8")})
    settings = load_settings(source)
    directories = {name: project.directories for name, project in settings.projects.items()}
    assert directories == {
        "radeonsi": ("workbench/hidds/radeon", "workbench/hidds/gallium", "workbench/libs/mesa"),
        "graphics": ("rom/graphics", "rom/hyperlayers"),
        "kernel": ("rom/kernel", "rom/exec", "arch/*/kernel"),
    }
    recipe = detect(source, settings.build, settings.project("graphics"))
    assert recipe.steps[0].command[:2] == ("make", "-C")
