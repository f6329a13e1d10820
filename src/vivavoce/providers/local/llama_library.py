"""llama.cpp's shared library, as far as it is used: its types and functions, and an engine of tokens made of them.

The library is llama.cpp 0.5.0, built by the makers of node-llama-cpp (MIT) once for each kind of processor, and fetched
by its SHA-256 like a model (`storage/models/manifest.json`). The types below are of exactly that version: their layout
is part of its binary interface, so another version needs them looked at anew. The defaults that the library itself
fills in are compared before anything is computed, which would show a layout that does not fit.

Not safe for several threads at a time; whoever has an engine sees to that.
"""

import ctypes
import os
import weakref
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vivavoce.providers.local.tokens import Malformed

CELLS = 4096
"""Tokens that are remembered at a time, of all sequences together: 12 kB each."""
SEQUENCES = 16
MOST_AT_ONCE = 64
_LIKELY = 64
"""Candidates that a grammar is asked about first. Asking about all 150,000 takes as long as computing them."""
_LOAD_ORDER = ("libggml-base.so", "libggml.v0.5.0.so", "libllama.v0.5.0.so")
_CPU_DEFAULTS = (512, 2048, 512, 1)
_PIECE_BYTES = 256
_QUIET = 4

_int32 = ctypes.c_int32
_pointer = ctypes.c_void_p
_Candidate = np.dtype([("id", np.int32), ("logit", np.float32), ("p", np.float32)])


class _ModelParams(ctypes.Structure):
    _fields_ = (
        ("devices", _pointer),
        ("tensor_buft_overrides", _pointer),
        ("n_gpu_layers", _int32),
        ("split_mode", _int32),
        ("load_mode", _int32),
        ("lazy_mode", _int32),
        ("main_gpu", _int32),
        ("tensor_split", _pointer),
        ("progress_callback", _pointer),
        ("progress_callback_user_data", _pointer),
        ("kv_overrides", _pointer),
        ("vocab_only", ctypes.c_bool),
        ("check_tensors", ctypes.c_bool),
        ("use_extra_bufts", ctypes.c_bool),
        ("no_host", ctypes.c_bool),
        ("no_alloc", ctypes.c_bool),
        ("load_mtp", ctypes.c_bool),
    )


class _ContextParams(ctypes.Structure):
    _fields_ = (
        ("n_ctx", ctypes.c_uint32),
        ("n_batch", ctypes.c_uint32),
        ("n_ubatch", ctypes.c_uint32),
        ("n_seq_max", ctypes.c_uint32),
        ("n_rs_seq", ctypes.c_uint32),
        ("n_outputs_max", ctypes.c_uint32),
        ("n_outputs_max_per_seq", ctypes.c_uint32),
        ("n_threads", _int32),
        ("n_threads_batch", _int32),
        ("ctx_type", _int32),
        ("rope_scaling_type", _int32),
        ("pooling_type", _int32),
        ("attention_type", _int32),
        ("flash_attn_type", _int32),
        ("rope_freq_base", ctypes.c_float),
        ("rope_freq_scale", ctypes.c_float),
        ("yarn_ext_factor", ctypes.c_float),
        ("yarn_attn_factor", ctypes.c_float),
        ("yarn_beta_fast", ctypes.c_float),
        ("yarn_beta_slow", ctypes.c_float),
        ("yarn_orig_ctx", ctypes.c_uint32),
        ("defrag_thold", ctypes.c_float),
        ("cb_eval", _pointer),
        ("cb_eval_user_data", _pointer),
        ("type_k", _int32),
        ("type_v", _int32),
        ("abort_callback", _pointer),
        ("abort_callback_data", _pointer),
        ("embeddings", ctypes.c_bool),
        ("offload_kqv", ctypes.c_bool),
        ("no_perf", ctypes.c_bool),
        ("op_offload", ctypes.c_bool),
        ("swa_full", ctypes.c_bool),
        ("kv_unified", ctypes.c_bool),
        ("samplers", _pointer),
        ("n_samplers", ctypes.c_size_t),
        ("ctx_other", _pointer),
    )


class _Batch(ctypes.Structure):
    _fields_ = (
        ("n_tokens", _int32),
        ("token", ctypes.POINTER(_int32)),
        ("embd", _pointer),
        ("pos", ctypes.POINTER(_int32)),
        ("n_seq_id", ctypes.POINTER(_int32)),
        ("seq_id", ctypes.POINTER(ctypes.POINTER(_int32))),
        ("logits", ctypes.POINTER(ctypes.c_int8)),
    )


class _Candidates(ctypes.Structure):
    _fields_ = (
        ("data", _pointer),
        ("size", ctypes.c_size_t),
        ("selected", ctypes.c_int64),
        ("sorted", ctypes.c_bool),
    )


_FUNCTIONS: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "llama_backend_init": (None, ()),
    "llama_log_set": (None, (_pointer, _pointer)),
    "llama_model_default_params": (_ModelParams, ()),
    "llama_context_default_params": (_ContextParams, ()),
    "llama_model_load_from_file": (_pointer, (ctypes.c_char_p, _ModelParams)),
    "llama_model_free": (None, (_pointer,)),
    "llama_init_from_model": (_pointer, (_pointer, _ContextParams)),
    "llama_free": (None, (_pointer,)),
    "llama_model_get_vocab": (_pointer, (_pointer,)),
    "llama_vocab_n_tokens": (_int32, (_pointer,)),
    "llama_vocab_is_eog": (ctypes.c_bool, (_pointer, _int32)),
    "llama_tokenize": (
        _int32,
        (_pointer, ctypes.c_char_p, _int32, ctypes.POINTER(_int32), _int32, ctypes.c_bool, ctypes.c_bool),
    ),
    "llama_token_to_piece": (_int32, (_pointer, _int32, ctypes.c_char_p, _int32, _int32, ctypes.c_bool)),
    "llama_get_memory": (_pointer, (_pointer,)),
    "llama_memory_seq_rm": (ctypes.c_bool, (_pointer, _int32, _int32, _int32)),
    "llama_memory_seq_cp": (None, (_pointer, _int32, _int32, _int32, _int32)),
    "llama_set_n_threads": (None, (_pointer, _int32, _int32)),
    "llama_decode": (_int32, (_pointer, _Batch)),
    "llama_get_logits_ith": (ctypes.POINTER(ctypes.c_float), (_pointer, _int32)),
    "llama_sampler_init_grammar": (_pointer, (_pointer, ctypes.c_char_p, ctypes.c_char_p)),
    "llama_sampler_apply": (None, (_pointer, ctypes.POINTER(_Candidates))),
    "llama_sampler_accept": (None, (_pointer, _int32)),
    "llama_sampler_free": (None, (_pointer,)),
}


@ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_char_p, _pointer)
def _say_nothing(_level: int, _text: bytes, _data: Any) -> None:
    """The library is talkative on stderr; what goes wrong is seen by what it returns."""


class LibraryDoesNotFit(ImportError):
    """The library cannot be used on this machine."""


def opened(folder: Path) -> Any:
    """The library, its processor chosen. It stays for as long as the process."""
    # Where it gives up it would start a debugger on its own process.
    os.environ.setdefault("GGML_NO_BACKTRACE", "1")
    try:
        base, backends, library = (ctypes.CDLL(str(folder / name)) for name in _LOAD_ORDER)
    except OSError as error:
        raise LibraryDoesNotFit(f"llama.cpp's library does not load on this machine: {error}") from None
    for name, (result, arguments) in _FUNCTIONS.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    base.ggml_log_set(_say_nothing, None)
    library.llama_log_set(ctypes.cast(_say_nothing, _pointer), None)
    backends.ggml_backend_load_all_from_path.argtypes = (ctypes.c_char_p,)
    backends.ggml_backend_load_all_from_path(str(folder).encode())
    library.llama_backend_init()
    _check_layout(library)
    return library


def _check_layout(library: Any) -> None:
    model, context = library.llama_model_default_params(), library.llama_context_default_params()
    seen = (context.n_ctx, context.n_batch, context.n_ubatch, context.n_seq_max)
    if (
        seen != _CPU_DEFAULTS
        or model.use_extra_bufts is not True
        or (context.no_perf, context.swa_full) != (True, True)
    ):
        raise LibraryDoesNotFit("llama.cpp's library is of another version than 0.5.0.")


class Grammar:
    """What may come next, by the rules of a grammar. Freed with its last user."""

    def __init__(self, library: Any, vocabulary: Any, text: str) -> None:
        self.handle: Any = library.llama_sampler_init_grammar(vocabulary, text.encode(), b"root")
        if not self.handle:
            raise Malformed("llama.cpp cannot read this grammar.")
        _freed_with(self, library.llama_sampler_free, self.handle)


class LlamaEngine:
    """A model in llama.cpp (`tokens.Engine`)."""

    sequences = SEQUENCES
    cells = CELLS

    def __init__(self, library_folder: Path, model_file: Path) -> None:
        self._library = library = opened(library_folder)
        params = library.llama_model_default_params()
        params.n_gpu_layers = 0
        self._model: Any = library.llama_model_load_from_file(str(model_file).encode(), params)
        if not self._model:
            raise ValueError(f"{model_file.name} cannot be read by llama.cpp.")
        _freed_with(self, library.llama_model_free, self._model)
        self._context: Any = library.llama_init_from_model(self._model, _context_params(library))
        if not self._context:
            raise ValueError("llama.cpp has no room for the memory of the model.")
        _freed_with(self, library.llama_free, self._context)
        self._memory: Any = library.llama_get_memory(self._context)
        self._vocabulary: Any = library.llama_model_get_vocab(self._model)
        self._size: int = library.llama_vocab_n_tokens(self._vocabulary)

    def tokens(self, text: str) -> list[int]:
        """A text as the model reads it; `<|im_end|>` and its like are what they stand for."""
        written = text.encode()
        found = (_int32 * (len(written) + 8))()
        count = self._library.llama_tokenize(self._vocabulary, written, len(written), found, len(found), False, True)
        if count < 0:
            raise ValueError("llama.cpp cannot read this text.")
        return list(found[:count])

    def piece(self, token: int) -> bytes:
        """What a token says."""
        buffer = ctypes.create_string_buffer(_PIECE_BYTES)
        size = self._library.llama_token_to_piece(self._vocabulary, token, buffer, _PIECE_BYTES, 0, False)
        return buffer.raw[: max(0, size)]

    def is_end(self, token: int) -> bool:
        """Whether the model has finished with it."""
        return bool(self._library.llama_vocab_is_eog(self._vocabulary, token))

    def forget(self, sequence: int, length: int) -> None:
        """Forget what stands there from this length on."""
        self._library.llama_memory_seq_rm(self._memory, sequence, length, -1)

    def copy(self, source: int, target: int, length: int) -> None:
        """Let an empty sequence begin like another one. Nothing is moved: both have the same cells."""
        self._library.llama_memory_seq_cp(self._memory, source, target, 0, length)

    def read(self, sequence: int, tokens: Sequence[int], begin: int, threads: int) -> None:
        """Read tokens on from a length; afterwards it is known what may follow the last."""
        self._library.llama_set_n_threads(self._context, threads, threads)
        result = self._library.llama_decode(self._context, _batch(sequence, tokens, begin))
        if result != 0:
            raise ValueError(f"llama.cpp could not compute: {result}.")

    def grammar(self, text: str) -> Grammar:
        """A grammar, at its begin."""
        return Grammar(self._library, self._vocabulary, text)

    def likeliest(self, grammar: Any) -> int:
        """The likeliest token after the last that was read, of those that a grammar allows."""
        logits: NDArray[np.float32] = np.ctypeslib.as_array(
            self._library.llama_get_logits_ith(self._context, -1), (self._size,)
        )
        if grammar is None:
            return int(logits.argmax())
        likely = np.argpartition(logits, -_LIKELY)[-_LIKELY:]
        for some in (likely, np.arange(self._size)):
            found = self._allowed(grammar, some.astype(np.int32), logits[some])
            if found is not None:
                return found
        raise Malformed("The grammar allows nothing more.")

    def accept(self, grammar: Any, token: int) -> None:
        """Go on in a grammar."""
        self._library.llama_sampler_accept(grammar.handle, token)

    def _allowed(self, grammar: Any, ids: NDArray[np.int32], logits: NDArray[np.float32]) -> int | None:
        data = np.zeros(len(ids), _Candidate)
        data["id"], data["logit"] = ids, logits
        candidates = _Candidates(data.ctypes.data, len(data), -1, False)
        self._library.llama_sampler_apply(grammar.handle, ctypes.byref(candidates))
        best = int(data["logit"][: candidates.size].argmax())
        return int(data["id"][best]) if np.isfinite(data["logit"][best]) else None


def _freed_with(owner: object, free: Callable[[Any], None], handle: Any) -> None:
    # A process that ends frees everything anyhow; doing it by hand then would race with a thread that still computes.
    weakref.finalize(owner, free, handle).atexit = False


def _context_params(library: Any) -> _ContextParams:
    params: _ContextParams = library.llama_context_default_params()
    params.n_ctx, params.n_seq_max = CELLS, SEQUENCES
    params.n_batch = params.n_ubatch = MOST_AT_ONCE
    params.n_outputs_max = SEQUENCES
    params.n_threads = params.n_threads_batch = 1
    # One store for all sequences, so that those which begin alike share what they have in common.
    params.kv_unified = True
    return params


def _batch(sequence: int, tokens: Sequence[int], begin: int) -> _Batch:
    count = len(tokens)
    whose = (_int32 * 1)(sequence)
    each = ctypes.cast(whose, ctypes.POINTER(_int32))
    wanted = (ctypes.c_int8 * count)()
    wanted[count - 1] = 1
    return _Batch(
        count,
        (_int32 * count)(*tokens),
        None,
        (_int32 * count)(*range(begin, begin + count)),
        (_int32 * count)(*([1] * count)),
        (ctypes.POINTER(_int32) * count)(*([each] * count)),
        wanted,
    )
