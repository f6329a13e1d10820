"""What a start does without: looked at in a fresh process, because how long it takes cannot be tested steadily."""

import subprocess
import sys
from pathlib import Path

import pytest

# Whoever needs one of these imports it where it needs it.
NOT_BY_A_SERVER = (
    *("alembic", "asyncpg", "sqlalchemy.dialects.postgresql", "numpy", "ctranslate2", "onnxruntime", "soundfile"),
    *("typer", "anthropic", "openai", "mcp", "jinja2", "httpx", "pydantic.v1"),
)
# Neither to declare providers nor to make those that text calls need.
NOT_BY_AN_OPEN_APPLICATION = (
    *NOT_BY_A_SERVER,
    *("vivavoce.providers.language._wit.mind", "vivavoce.providers.language._small.mind"),
    "vivavoce.providers.language._small_talk",
)
NOT_BY_A_WORKER = (*NOT_BY_A_SERVER, "sqlalchemy.orm", "rich", "pygments", "pydantic.v1", "click", "uvicorn.main")
NOT_BY_A_SMALL_COMMAND = ("vivavoce.app", "vivavoce.api", "vivavoce.features", "fastapi", "structlog")
NOT_BY_A_SUPERVISOR = ("pydantic", "sqlalchemy", "fastapi", "typer", "uvicorn", "orjson", "structlog")
NOT_BEFORE_A_WORKER = ("asyncio", "pydantic", "typer", "vivavoce.cli", "vivavoce.settings")


def in_a_fresh_process(program: str) -> str:
    """What a program prints."""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize(
    ("module", "heavy"),
    [
        ("vivavoce.processes.serving", NOT_BY_A_SERVER),
        ("vivavoce.processes.supervisor", NOT_BY_A_SUPERVISOR),
        ("vivavoce.opening, vivavoce.cli.backup, vivavoce.cli.restore, vivavoce.cli.models", NOT_BY_A_SMALL_COMMAND),
        ("vivavoce.processes.fetching", ("vivavoce.app", "vivavoce.features", "fastapi")),
        ("vivavoce.__main__, vivavoce.processes.ahead", NOT_BEFORE_A_WORKER),
    ],
)
def test_a_process_loads_nothing_that_it_may_never_need(module: str, heavy: tuple[str, ...]) -> None:
    assert in_a_fresh_process(f"import sys, {module}; print(*sorted({set(heavy)} & set(sys.modules)))") == ""


def test_a_worker_loads_nothing_that_only_others_want_of_its_frameworks() -> None:
    program = f"""
import sys
from vivavoce.processes.lean import lean
with lean():
    import vivavoce.processes.serving
print(*sorted(name for name in {NOT_BY_A_WORKER} if sys.modules.get(name)))
"""
    assert in_a_fresh_process(program) == ""


def test_who_asks_a_package_for_a_name_of_its_own_finds_it_all_the_same() -> None:
    program = """
from vivavoce.processes.lean import lean
with lean():
    import vivavoce.processes.serving
import sqlalchemy.ext.asyncio, uvicorn
from sqlalchemy.ext.asyncio import AsyncSession, engine
from sqlalchemy.ext.asyncio.engine import AsyncConnection
import pydantic.v1, rich.table
print(sqlalchemy.ext.asyncio.AsyncConnection is AsyncConnection, engine.AsyncConnection is AsyncConnection)
print(uvicorn.__version__ != "", hasattr(uvicorn, "nobody"))
"""
    assert in_a_fresh_process(program).split() == ["True", "True", "True", "False"]


def test_an_application_that_opens_loads_nothing_that_only_calls_need(tmp_path: Path) -> None:
    program = f"""
import asyncio, gc, sys
from vivavoce.api.routing import Route
from vivavoce.app import open_application
from vivavoce.settings import load

async def open_it():
    async with open_application(load({{"data_dir": "{tmp_path}"}}), bus_url="local") as application:
        await application.first_run()

asyncio.run(open_it())
print(*sorted(set({NOT_BY_AN_OPEN_APPLICATION}) & set(sys.modules)))
print(*(each.path for each in gc.get_objects() if isinstance(each, Route) and "dependant" in vars(each)))
"""
    # The first start migrates; from then on Alembic is not needed.
    assert "alembic" in in_a_fresh_process(program)
    assert in_a_fresh_process(program) == ""


def test_no_route_is_worked_out_and_no_model_built_before_somebody_asks() -> None:
    program = """
import vivavoce.app
from fastapi.openapi.models import OpenAPI
from vivavoce.api.routing import Route, SocketRoute
from vivavoce.api.schema import Wire
import gc

routes = [each for each in gc.get_objects() if isinstance(each, Route | SocketRoute)]
assert len(routes) > 100 and any(isinstance(each, SocketRoute) for each in routes)
print(*(route.path for route in routes if "dependant" in vars(route)))

def models(parent):
    for model in parent.__subclasses__():
        yield model
        yield from models(model)

assert len(list(models(Wire))) > 300
print(*(model.__name__ for model in [*models(Wire), OpenAPI] if model.__pydantic_complete__))
"""
    # The one that is the default value of a field.
    assert in_a_fresh_process(program) == "ListMeta"
