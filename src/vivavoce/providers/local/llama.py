"""A small language model through llama.cpp: a file of weights in GGUF, written with token by token (`tokens`).

Light on purpose: the library is looked for when a model is loaded.
"""

import platform
from pathlib import Path

from vivavoce.providers.local.pool import Urgency
from vivavoce.providers.local.tokens import Write, Writer
from vivavoce.providers.local.workplace import Kind

ENGINES = {("Linux", "x86_64"): "llama-cpp-linux-x64"}
"""The model of the manifest that holds the library, for each kind of machine that has one."""
FILE = "model.gguf"


def engine_id() -> str:
    """The model of the manifest that holds the library for this machine; nothing where there is none."""
    return ENGINES.get((platform.system(), platform.machine()), "")


def loaded(folder: Path) -> Writer:
    """The model of a folder, with the library from the folder beside it."""
    from vivavoce.providers.local.llama_library import LlamaEngine

    if not engine_id():
        raise ImportError("There is no llama.cpp for this kind of machine.")
    return Writer(LlamaEngine(folder.with_name(engine_id()), folder / FILE))


KIND = Kind("llama", loaded, Urgency.BACKGROUND, (Write,), is_alone=True)
