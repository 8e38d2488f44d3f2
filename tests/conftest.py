"""What every test may use: fresh databases on SQLite and PostgreSQL, and Hypothesis profiles.

Databases, from the cheapest to the dearest:

- `database_url`: the SQLAlchemy address of a fresh, empty database. A test that asks for it runs
  twice, on SQLite and on PostgreSQL (`backend` tells which).
- `new_database`: the same as a function, for tests that need several databases.
- `migrated_url`, `new_migrated_database`: the same with the current schema. The schema is built
  once by `tests.builders.migrate(url)`, which must close its connections, and copied for each test.
- `postgres`: the server behind them, shared by all test processes, with fsync off.
- `durable_postgres`: a server of this process alone, with fsync on, for tests that crash it.

The shared server starts when the first test asks for it and is removed when the run ends, also
after an interruption. Without PostgreSQL the tests fail; they do not skip.
"""

from __future__ import annotations

import importlib
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import HealthCheck, settings

from tests.postgres import PostgresServer, locked, make_home

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

settings.register_profile("quick", max_examples=50, deadline=None)
settings.register_profile(
    "long", max_examples=2000, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))

SHARED_HOME = pytest.StashKey[Path]()
"""The folder of the shared server, made by the process that controls the run."""

TEMPLATE = "lifecycle_template"
"""The database with the current schema, from which the tests get copies."""


def pytest_configure(config: pytest.Config) -> None:
    """Agree on one folder for the shared server: workers learn it from the controlling process."""
    given = getattr(config, "workerinput", {}).get("postgres_home")
    config.stash[SHARED_HOME] = Path(given) if given else make_home()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:  # noqa: ANN401 - the type belongs to an optional plugin
    """Tell a worker of pytest-xdist where the shared server is."""
    node.workerinput["postgres_home"] = str(node.config.stash[SHARED_HOME])


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove the shared server at the end of the run, also after an interruption."""
    if not hasattr(config, "workerinput"):
        PostgresServer(config.stash[SHARED_HOME], durable=False).remove()


@pytest.fixture(scope="session")
def postgres(pytestconfig: pytest.Config) -> PostgresServer:
    """The running server that all test processes share; fast, so not durable."""
    server = PostgresServer(pytestconfig.stash[SHARED_HOME], durable=False)
    server.start()
    return server


@pytest.fixture(scope="session")
def durable_postgres() -> Iterator[PostgresServer]:
    """A running server of this process alone with fsync on, which a test may crash and restart."""
    server = PostgresServer(make_home(), durable=True)
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture(params=["sqlite", "postgresql"])
def backend(request: pytest.FixtureRequest) -> str:
    """The database system that the test runs on: each test runs on both."""
    return cast("str", request.param)


@pytest.fixture
def new_database(
    backend: str, request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[Callable[[], str]]:
    """A function that returns the address of one more fresh, empty database of the test."""
    if backend == "sqlite":
        yield _SqliteFiles(tmp_path).create
        return
    databases = _PostgresDatabases(request.getfixturevalue("postgres"))
    yield databases.create
    databases.drop()


@pytest.fixture
def database_url(new_database: Callable[[], str]) -> str:
    """The address of a fresh, empty database."""
    return new_database()


@pytest.fixture
def new_migrated_database(
    backend: str, request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[Callable[[], str]]:
    """A function that returns the address of one more database with the current schema."""
    if backend == "sqlite":
        template = _sqlite_template(request.config.stash[SHARED_HOME])
        yield _SqliteFiles(tmp_path, template).create
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    server.ensure_template(TEMPLATE, _migrate)
    databases = _PostgresDatabases(server, TEMPLATE)
    yield databases.create
    databases.drop()


@pytest.fixture
def migrated_url(new_migrated_database: Callable[[], str]) -> str:
    """The address of a database of its own with the current schema."""
    return new_migrated_database()


class _SqliteFiles:
    """The SQLite databases of one test, empty or copies of a template; the folder goes with it."""

    def __init__(self, folder: Path, template: Path | None = None) -> None:
        self._folder = folder
        self._template = template
        self._count = 0

    def create(self) -> str:
        """The address of the next database."""
        self._count += 1
        path = self._folder / f"database-{self._count}.sqlite"
        if self._template is not None:
            shutil.copyfile(self._template, path)
        return f"sqlite:///{path}"


class _PostgresDatabases:
    """The PostgreSQL databases of one test, empty or copies of a template."""

    def __init__(self, server: PostgresServer, template: str = "template0") -> None:
        self._server = server
        self._template = template
        self._names: list[str] = []

    def create(self) -> str:
        """The address of the next database."""
        name = self._server.create_database(self._template)
        self._names.append(name)
        return self._server.url(name)

    def drop(self) -> None:
        """Drop the databases, whoever is still connected."""
        for name in self._names:
            self._server.drop_database(name)


def _sqlite_template(home: Path) -> Path:
    """The SQLite file with the current schema, built by whichever process comes first."""
    template = home / f"{TEMPLATE}.sqlite"
    with locked(home / "sqlite.lock"):
        if not template.exists():
            unfinished = home / "unfinished.sqlite"
            unfinished.unlink(missing_ok=True)
            _migrate(f"sqlite:///{unfinished}")
            if (home / "unfinished.sqlite-wal").exists():
                message = "tests.builders.migrate left a connection open: dispose of its engine."
                raise RuntimeError(message)
            unfinished.rename(template)
    return template


def _migrate(url: str) -> None:
    """Bring the empty database at `url` to the current schema; found only when first needed."""
    builders = importlib.import_module("tests.builders")
    migrate = cast("Callable[[str], None]", builders.migrate)
    migrate(url)
