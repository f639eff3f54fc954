"""What answers at an address: which program, which models, and the true window of the one in use.

Servers speak one language for chats and several for everything else, so each of the usual programs is
asked in its own way: llama.cpp's server and vLLM tell the window and count tokens, Ollama and LM Studio
tell the window of a loaded model. What tells neither gets the configured window, and an estimate that errs
on the safe side.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import httpx2

from copilot_tui.core.errors import GenerationError, ModelLoadError, ModelNotFoundError
from copilot_tui.models.server_address import API_KEY_VARIABLE, ServerAddress

Program: TypeAlias = Literal["llama.cpp", "vLLM", "Ollama", "LM Studio", "a server"]

CONNECT_SECONDS = 5.0
_ANSWER_SECONDS = 60.0
_LOAD_SECONDS = 600.0  # Ollama loads a model when it is first asked for
_NO_THINKING = {"chat_template_kwargs": {"enable_thinking": False}}


@dataclass(frozen=True, slots=True)
class ServedModel:
    """A model as the server lists it. ``window`` is 0 where the list does not tell."""

    name: str
    owner: str = ""
    window: int = 0


class ModelServer:
    """One server, asked in its own way. Every method blocks, and raises errors of the ModelError branch."""

    def __init__(self, address: ServerAddress, key: str = "", timeout: float = _ANSWER_SECONDS) -> None:
        self.address = address
        self.headers = {"Authorization": f"Bearer {key}"} if key else {}
        # Proxies of the environment are not asked: a prompt goes to the server that was named, or nowhere.
        self._client = httpx2.Client(
            headers=self.headers, trust_env=False, timeout=httpx2.Timeout(timeout, connect=CONNECT_SECONDS)
        )
        self.program: Program = "a server"

    def connect(self) -> tuple[ServedModel, ...]:
        """Find out what answers; returns its models."""
        listed = self._ask("GET", f"{self.address.api}/models")
        models = tuple(_served(entry) for entry in listed.get("data") or ())
        self.program = self._recognise(models)
        return models

    def choose(self, models: Sequence[ServedModel]) -> ServedModel:
        """The model that was asked for, or the only one."""
        if not self.address.model and len(models) == 1:
            return models[0]
        for model in models:
            if model.name == self.address.model:
                return model
        names = ", ".join(model.name for model in models[:20]) or "none"
        asked = f"has no model {self.address.model!r}" if self.address.model else "has several models"
        raise ModelNotFoundError(
            f"{self.program} at {self.address.place} {asked}.",
            f"Its models: {names}. Write {self.address.root}#NAME.",
        )

    def window(self, model: ServedModel) -> int:
        """The tokens that prompt and reply may have together; 0 where the server does not tell."""
        if self.program == "llama.cpp":
            settings = self._ask("GET", f"{self.address.root}/props").get("default_generation_settings") or {}
            return int(settings.get("n_ctx") or 0)
        if self.program == "Ollama":
            return self._window_of_ollama(model.name)
        if self.program == "LM Studio":
            told = self._ask("GET", f"{self.address.root}/api/v0/models/{model.name}")
            return int(told.get("loaded_context_length") or 0)
        return model.window

    def count(self, model: str, messages: Sequence[Mapping[str, str]]) -> int | None:
        """Tokens of the prompt, template applied; None where the server cannot count."""
        if self.program == "llama.cpp":
            request = {"messages": list(messages), **_NO_THINKING}
            counted = self._ask("POST", f"{self.address.api}/chat/completions/input_tokens", request)
            return int(counted["input_tokens"])
        if self.program == "vLLM":
            request = {"model": model, "messages": list(messages), **self.extras(messages)}
            return int(self._ask("POST", f"{self.address.root}/tokenize", request)["count"])
        return None

    def extras(self, messages: Sequence[Mapping[str, str]]) -> dict[str, Any]:
        """What this program has to be told beyond the common language."""
        if self.program == "llama.cpp":
            return dict(_NO_THINKING)
        if self.program != "vLLM":
            return {}
        goes_on = messages[-1]["role"] == "assistant"
        return {**_NO_THINKING, "add_generation_prompt": not goes_on, "continue_final_message": goes_on}

    @property
    def constrains_begun_replies(self) -> bool:
        """Whether a schema holds for a given beginning and what follows it, taken together.

        vLLM (0.32) has what follows begin a JSON value of its own.
        """
        return self.program != "vLLM"

    def close(self) -> None:
        self._client.close()

    def _recognise(self, models: Sequence[ServedModel]) -> Program:
        owners = {model.owner for model in models}
        if "llamacpp" in owners:
            return "llama.cpp"
        if "vllm" in owners:
            return "vLLM"
        if self._answers("/api/version"):
            return "Ollama"
        return "LM Studio" if self._answers("/api/v0/models") else "a server"

    def _answers(self, path: str) -> bool:
        try:
            return self._client.get(self.address.root + path).status_code == httpx2.codes.OK
        except httpx2.HTTPError:
            return False

    def _window_of_ollama(self, name: str) -> int:
        """Ollama cuts prompts to the window that it loads a model with, which only a loaded one tells."""
        self._ask("POST", f"{self.address.root}/api/generate", {"model": name}, timeout=_LOAD_SECONDS)
        running = self._ask("GET", f"{self.address.root}/api/ps").get("models") or ()
        mine = [entry for entry in running if name in (entry.get("name"), entry.get("model"))]
        return int(mine[0].get("context_length") or 0) if mine else 0

    def _ask(
        self, method: str, url: str, body: Mapping[str, Any] | None = None, timeout: float | None = None
    ) -> dict[str, Any]:
        limit = httpx2.Timeout(timeout, connect=CONNECT_SECONDS) if timeout else httpx2.USE_CLIENT_DEFAULT
        try:
            response = self._client.request(method, url, json=body, timeout=limit)
            answer = response.json() if response.status_code == httpx2.codes.OK else None
        except httpx2.HTTPError as error:
            raise unreachable(self.address, error) from error
        except ValueError as error:
            raise GenerationError(
                f"{url} did not answer in JSON: {error}.", "Is it a model server?"
            ) from error
        if not isinstance(answer, dict):
            raise refused(self.address, response.status_code, response.text)
        return answer


def unreachable(address: ServerAddress, error: Exception) -> ModelLoadError:
    """The server does not answer at all."""
    return ModelLoadError(
        f"No model server answers at {address.place}: {error or type(error).__name__}.",
        "Start it, or set another model_path; copilot-tui doctor lists the servers of this machine.",
    )


def refused(address: ServerAddress, status: int, text: str) -> ModelLoadError | GenerationError:
    """The server answers with an error. ``text`` is shown in part, as far as it is one line."""
    said = " ".join(text.split())[:300]
    if status in {httpx2.codes.UNAUTHORIZED, httpx2.codes.FORBIDDEN}:
        return ModelLoadError(
            f"The model server at {address.place} wants a key (status {status}).",
            f"Set the environment variable {API_KEY_VARIABLE}.",
        )
    if status == httpx2.codes.SERVICE_UNAVAILABLE:
        return ModelLoadError(f"The model server at {address.place} is not ready: {said}", "Try again soon.")
    return GenerationError(f"The model server at {address.place} answered with status {status}: {said}")


def _served(entry: Mapping[str, Any]) -> ServedModel:
    return ServedModel(
        str(entry.get("id", "")), str(entry.get("owned_by", "")), int(entry.get("max_model_len") or 0)
    )
