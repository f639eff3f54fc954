"""llama.cpp's server inside this process, closed to everyone else.

xllamacpp starts the HTTP side of llama.cpp's server whether or not it is wanted, by default on a TCP
port, without a key and with CORS open to all pages. Here it gets a Unix socket in a directory that
only this person can enter, a random key and no CORS. Where the platform has no Unix sockets it falls
back to a port on the loopback address, with the same key. Generation does not use HTTP at all; the
socket serves only to count tokens and to read the true window.
"""

from __future__ import annotations

import http.client
import json
import os
import secrets
import shutil
import socket
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from copilot_tui.core.errors import GenerationError, ModelLoadError
from copilot_tui.models.llama_library import import_library

_ANSWER_SECONDS = 60.0
GUESSED_TOKENS = 16  # a wrong guess of llama.cpp's own 48 costs more than a right one saves
_LONGEST_SOCKET_PATH = 100  # of 108 bytes on Linux, 104 on macOS


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """How to load: ``batch`` is how many prompt tokens are computed between two looks at a stop.

    ``slots`` is how many samples are computed side by side; they share the window. ``prompt_lookup``:
    where the reply repeats a dozen tokens of the text so far, what followed them is checked in one step.
    """

    window: int
    threads: int
    batch: int
    gpu: bool
    prompt_cache_mebibytes: int
    slots: int = 1
    prompt_lookup: bool = False


class LlamaServer:
    """One loaded model. All methods block; ``chat`` is for one thread at a time."""

    def __init__(self, path: Path, options: ServerOptions) -> None:
        xllamacpp = import_library()
        self._key = secrets.token_urlsafe(32)
        self._directory = Path(tempfile.mkdtemp(prefix="copilot-tui-"))
        parameters = xllamacpp.CommonParams()
        parameters.model.path = str(path)
        parameters.verbosity = -1  # llama.cpp would write its log over the screen
        _set_limits(parameters, options)
        if options.prompt_lookup:
            kinds = xllamacpp.common_speculative_type
            parameters.speculative.types = [kinds.COMMON_SPECULATIVE_TYPE_NGRAM_SIMPLE]
            parameters.speculative.ngram_simple.size_m = GUESSED_TOKENS
        _set_secrecy(parameters, self._key)
        address = self._directory / "s"
        if hasattr(socket, "AF_UNIX") and len(os.fsencode(address)) < _LONGEST_SOCKET_PATH:
            # llama.cpp takes a host name for a socket's path when it ends like this.
            parameters.hostnames = [f"{address}.sock"]
        try:
            self._server = xllamacpp.Server(parameters)
        except RuntimeError as error:
            shutil.rmtree(self._directory, ignore_errors=True)
            raise ModelLoadError(
                f"llama.cpp could not load {path}.",
                "The file may be of a newer format, or memory may be short; see copilot-tui doctor.",
            ) from error
        self.address = str(self._server.listening_address)
        """Where the HTTP side listens: ``unix://PATH`` or ``http://127.0.0.1:PORT``."""
        self._compute_one_token(path)

    def chat(self, request: Mapping[str, Any], on_part: Callable[[dict[str, Any]], bool]) -> None:
        """Run one streamed chat completion; ``on_part`` gets its parts, and returns True to stop it."""
        self._server.handle_chat_completions(dict(request), on_part)

    def complete(self, request: Mapping[str, Any], on_part: Callable[[dict[str, Any]], bool]) -> None:
        """As :meth:`chat`, for a text completion: no template, control tokens as they stand in the prompt."""
        self._server.handle_completions(dict(request), on_part)

    def count_text(self, text: str) -> int:
        """Tokens of a completion's prompt."""
        asked = {"content": text, "add_special": True, "parse_special": True}
        return len(self._call("POST", "/tokenize", asked)["tokens"])

    def count(self, request: Mapping[str, Any]) -> int:
        """Tokens of the prompt that a chat request makes, chat template applied."""
        return int(self._call("POST", "/v1/chat/completions/input_tokens", request)["input_tokens"])

    def window(self) -> int:
        """Tokens of prompt and reply together, as loaded."""
        return int(self._call("GET", "/props")["default_generation_settings"]["n_ctx"])

    def close(self) -> None:
        """Unload the model and remove the socket."""
        self._server = None
        shutil.rmtree(self._directory, ignore_errors=True)

    def _compute_one_token(self, path: Path) -> None:
        """Prove that the model computes, and wait until llama.cpp's main loop runs.

        xllamacpp returns a server whose loop is only about to start; one that is destroyed in that
        moment waits for its loop for ever.
        """
        parts: list[dict[str, Any]] = []
        request = {"prompt": "a", "max_tokens": 1, "cache_prompt": False, "stream": True}
        self._server.handle_completions(request, parts.append)
        if not parts or "choices" not in parts[-1]:
            said = parts[-1].get("error", {}) if parts else "nothing"
            self.close()
            raise ModelLoadError(
                f"llama.cpp loaded {path} but cannot compute with it; it said: {said}.",
                "Try another model file; see copilot-tui doctor.",
            )

    def _call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        connection = connect(self.address)
        try:
            connection.request(
                method,
                path,
                None if body is None else json.dumps(body),
                {"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"},
            )
            response = connection.getresponse()
            answer: dict[str, Any] = json.loads(response.read())
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise GenerationError(f"llama.cpp did not answer {path}: {error}.") from error
        finally:
            connection.close()
        if response.status != http.client.OK:
            message = answer.get("error", {}).get("message", f"status {response.status}")
            raise GenerationError(f"llama.cpp refused the prompt: {message}.")
        return answer


def connect(address: str) -> http.client.HTTPConnection:
    """A connection to the address of a server, not yet opened."""
    scheme, _, place = address.partition("://")
    if scheme == "unix":
        return _UnixConnection(place)
    host, _, port = place.rpartition(":")
    return http.client.HTTPConnection(host, int(port), timeout=_ANSWER_SECONDS)


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=_ANSWER_SECONDS)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def _set_limits(parameters: Any, options: ServerOptions) -> None:
    parameters.n_ctx = options.window
    parameters.n_parallel = options.slots
    parameters.kv_unified = True  # any slot may use the whole window, and samples share their prompt
    parameters.n_batch = parameters.n_ubatch = options.batch
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = options.threads
    parameters.n_gpu_layers = -1 if options.gpu else 0
    parameters.fit_params = options.gpu  # shares the layers between graphics memory and main memory
    parameters.cache_prompt = True
    parameters.cache_ram_mib = options.prompt_cache_mebibytes
    parameters.ctx_shift = False  # nothing is ever dropped from a prompt in silence
    parameters.warmup = False
    parameters.prefill_assistant = True


def _set_secrecy(parameters: Any, key: str) -> None:
    parameters.api_keys = [key]
    parameters.port = 0
    parameters.hostnames = ["127.0.0.1"]
    parameters.cors_origins = parameters.cors_methods = parameters.cors_headers = ""
    parameters.cors_credentials = False
    parameters.ui = False
    parameters.endpoint_slots = False
    parameters.n_threads_http = 2
