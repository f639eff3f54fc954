"""Making sure that the models a command needs are there, before the work begins.

In a terminal a missing model is offered for download. Without one, the command ends with the line that
fetches it, unless ``--yes`` was given. Where only a smaller model could be had, that one is used.
"""

from __future__ import annotations

import sys
from dataclasses import replace

import click

from copilot_tui.cli.models import fetch
from copilot_tui.core.config import ModelSettings, Settings
from copilot_tui.core.errors import ModelNotFoundError
from copilot_tui.models.catalog import find
from copilot_tui.models.loader import LocalModelLoader, is_catalogue_name
from copilot_tui.models.model_store import ModelStore


def with_installed_models(settings: Settings, *, yes: bool) -> Settings:
    """The settings with models that are installed now. Raises errors of the ``ModelError`` branch."""
    fetched: dict[str, str] = {}
    for role in (settings.codegen, settings.llm):
        if role.model_path not in fetched and _is_missing(role, settings):
            fetched[role.model_path] = _fetch(role.model_path, settings, yes=yes)
    settings = replace(
        settings, codegen=_renamed(settings.codegen, fetched), llm=_renamed(settings.llm, fetched)
    )
    if settings.ensemble.enabled:
        settings = _with_members(settings, fetched, yes=yes)
    _check(settings)
    return settings


def _with_members(settings: Settings, fetched: dict[str, str], *, yes: bool) -> Settings:
    """The same for the models of the ensemble."""
    for name in settings.ensemble.models:
        member = replace(settings.codegen, model_path=name, engine="auto")
        if name not in fetched and _is_missing(member, settings):
            fetched[name] = _fetch(name, settings, yes=yes)
    models = tuple(fetched.get(name, name) for name in settings.ensemble.models)
    return replace(settings, ensemble=replace(settings.ensemble, models=models))


def _check(settings: Settings) -> None:
    """Raise now what loading would raise later: a name that no catalogue has, a file that is gone."""
    loader = LocalModelLoader(settings)
    try:
        loader.specification("codegen")
        loader.specification("llm")
        for name in settings.ensemble.models if settings.ensemble.enabled else ():
            loader.specification("codegen", name)
    finally:
        loader.close()


def _is_missing(role: ModelSettings, settings: Settings) -> bool:
    if role.engine not in {"auto", "llama"} or not is_catalogue_name(role.model_path):
        return False
    return ModelStore.from_settings(settings).path(role.model_path) is None


def _fetch(name: str, settings: Settings, *, yes: bool) -> str:
    entry = find(name)
    asked = sys.stdin.isatty() and not yes
    if not asked and not yes:
        raise ModelNotFoundError(
            f"The model {name} is not installed.", f"Fetch it: copilot-tui models pull {name}"
        )
    size = f"{entry.bytes / 1e6:.0f} MB"
    if asked and not click.confirm(f"The model {name} is not here. Fetch it ({size})?", err=True):
        raise click.Abort
    return fetch(entry, settings, yes=yes).name


def _renamed(role: ModelSettings, fetched: dict[str, str]) -> ModelSettings:
    return replace(role, model_path=fetched.get(role.model_path, role.model_path))
