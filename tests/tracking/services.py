"""Real servers on loopback for the slow tests: PostgreSQL, MariaDB, MLflow, S3 (moto), Azurite.

A server that is not installed skips the test with a reason; with SSMS_REQUIRE_SERVICES=1 that is a
failure instead, so that a run of everything cannot pass by skipping.

They need, from Debian: postgresql, mariadb-server, npm, util-linux (setpriv, if run as root); from
npm: azurite; from PyPI: mlflow, psycopg[binary], pymysql, boto3, moto[server], azure-storage-blob.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

HOST = "127.0.0.1"
PATIENCE = 90.0


def unavailable(reason: str) -> None:
    if os.environ.get("SSMS_REQUIRE_SERVICES") == "1":
        pytest.fail(f"SSMS_REQUIRE_SERVICES=1, but {reason}")
    pytest.skip(reason)


def find_program(*names: str, folders: tuple[str, ...] = ()) -> str:
    """Return the path of the first program that exists; skip (or fail) if none does."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", ""), *folders])
    for name in names:
        found = shutil.which(name, path=path)
        if found:
            return found
    unavailable(f"{' or '.join(names)} is not installed")
    raise AssertionError  # unreachable


def need_module(name: str) -> None:
    try:
        __import__(name)
    except ImportError:
        unavailable(f"the Python package {name} is not installed")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def wait_until(ready: Callable[[], bool], process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if process.poll() is not None:
            break
        with contextlib.suppress(OSError, urllib.error.URLError):
            if ready():
                return
        time.sleep(0.1)
    pytest.fail(f"{process.args!r} did not start:\n{log.read_text(errors='replace')[-3000:]}")


def port_open(port: int) -> bool:
    with socket.create_connection((HOST, port), timeout=1):
        return True


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return response.status < 500
    except urllib.error.HTTPError as error:
        return error.code < 500


def stop(process: subprocess.Popen[bytes], number: int = signal.SIGTERM) -> None:
    """End a server and everything it started (each has a process group of its own)."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)
    try:
        process.wait(timeout=15)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=15)


@contextlib.contextmanager
def private_folder(name: str) -> Iterator[tuple[Path, list[str], str]]:
    """Yield a folder for a database server, the command prefix and the user to run it as.

    PostgreSQL refuses to be root, so as root the servers run as nobody.
    """
    folder = Path(tempfile.mkdtemp(prefix=f"ssms-{name}-"))
    try:
        if os.getuid() != 0:
            yield folder, [], pwd.getpwuid(os.getuid()).pw_name
            return
        nobody = pwd.getpwnam("nobody")
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        prefix = [find_program("setpriv"), f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}"]
        yield folder, [*prefix, "--clear-groups"], "nobody"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def start(command: list[str], log: Path, **environ: str) -> subprocess.Popen[bytes]:
    environment = {
        **os.environ,
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "DO_NOT_TRACK": "true",
        **environ,
    }
    with open(log, "ab") as output:
        return subprocess.Popen(
            command,
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            env=environment,
            cwd=log.parent,
            start_new_session=True,
        )


@dataclass
class Database:
    """A running database server; `new` makes an empty database and returns its URI."""

    scheme: str
    user: str
    password: str
    port: int
    create: Callable[[str], None]
    made: list[str] = field(default_factory=list)

    def new(self, password: str | None = None) -> str:
        name = f"mlflow_{uuid.uuid4().hex[:8]}"
        self.create(name)
        return self.uri(name, password)

    def uri(self, name: str, password: str | None = None) -> str:
        secret = self.password if password is None else password
        return f"{self.scheme}://{self.user}:{secret}@{HOST}:{self.port}/{name}"


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Database]:
    folders = tuple(sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin")), reverse=True))
    server = find_program("postgres", folders=folders)
    need_module("psycopg")
    tools = Path(server).resolve().parent
    password, port = "secret-7f3a", free_port()
    with private_folder("postgresql") as (folder, prefix, _):
        (folder / "password").write_text(password)
        (folder / "password").chmod(0o644)
        options = ["-A", "scram-sha-256", f"--pwfile={folder / 'password'}", "--no-sync"]
        subprocess.run(
            [*prefix, str(tools / "initdb"), "-D", str(folder / "data"), "-U", "ann", *options],
            check=True,
            capture_output=True,
            cwd=folder,
        )
        command = [*prefix, str(tools / "postgres"), "-D", str(folder / "data"), "-h", HOST]
        command += ["-p", str(port), "-k", str(folder), "-F", "-c", "max_connections=200"]
        log = folder / "log"
        process = start(command, log)
        try:
            import psycopg

            address = f"postgresql://ann:{password}@{HOST}:{port}/postgres"

            def accepts() -> bool:
                try:
                    psycopg.connect(address).close()
                except psycopg.OperationalError:  # it listens before it is ready
                    return False
                return True

            def create(name: str) -> None:
                with psycopg.connect(address, autocommit=True) as connection:
                    connection.execute(f"CREATE DATABASE {name}")

            wait_until(accepts, process, log)
            yield Database("postgresql", "ann", password, port, create)
        finally:
            stop(process, signal.SIGINT)


@pytest.fixture(scope="session")
def mariadb() -> Iterator[Database]:
    server = find_program("mariadbd", "mysqld", folders=("/usr/sbin",))
    installer = find_program("mariadb-install-db", "mysql_install_db")
    need_module("pymysql")
    password, port = "secret-7f3a", free_port()
    with private_folder("mariadb") as (folder, prefix, user):
        common = ["--no-defaults", f"--datadir={folder / 'data'}", f"--user={user}"]
        subprocess.run(
            [*prefix, installer, *common, "--auth-root-authentication-method=normal"],
            check=True,
            capture_output=True,
            cwd=folder,
        )
        command = [*prefix, server, *common, f"--bind-address={HOST}", f"--port={port}"]
        command += [f"--socket={folder / 'socket'}", f"--pid-file={folder / 'pid'}"]
        log = folder / "log"
        process = start([*command, "--skip-log-bin", "--innodb-flush-log-at-trx-commit=0"], log)
        try:
            wait_until(lambda: port_open(port), process, log)

            def execute(*statements: str) -> None:
                import pymysql

                connection = pymysql.connect(unix_socket=str(folder / "socket"), user="root")
                with contextlib.closing(connection), connection.cursor() as cursor:
                    for statement in statements:
                        cursor.execute(statement)

            execute(
                f"CREATE USER 'ann'@'%' IDENTIFIED BY '{password}'",
                f"CREATE USER 'ann'@'localhost' IDENTIFIED BY '{password}'",
                "GRANT ALL ON *.* TO 'ann'@'%'",
                "GRANT ALL ON *.* TO 'ann'@'localhost'",
            )
            create = lambda name: execute(f"CREATE DATABASE {name}")  # noqa: E731
            yield Database("mysql+pymysql", "ann", password, port, create)
        finally:
            stop(process)


@dataclass
class MlflowServer:
    """An MLflow server that can be killed and started again on the same port."""

    folder: Path
    options: list[str]
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def uri(self) -> str:
        return f"http://{HOST}:{self.port}"

    def start(self) -> None:
        command = [
            sys.executable,
            "-m",
            "mlflow",
            "server",
            "--host",
            HOST,
            "--port",
            str(self.port),
        ]
        log = self.folder / "server.log"
        self.process = start([*command, "--workers", "1", *self.options], log)
        wait_until(lambda: answers(f"{self.uri}/health"), self.process, log)

    def kill(self) -> None:
        if self.process is not None:
            stop(self.process, signal.SIGKILL)
            self.process = None


@pytest.fixture
def mlflow_server(tmp_path: Path, warm_database: Path) -> Iterator[Callable[..., MlflowServer]]:
    """A function that starts an MLflow server; options as of ``mlflow server``."""
    servers: list[MlflowServer] = []

    def begin(*options: str, backend: str | None = None) -> MlflowServer:
        folder = tmp_path / f"server{len(servers)}"
        folder.mkdir()
        if backend is None:
            shutil.copy(warm_database, folder / "server.db")
        store = backend or f"sqlite:///{folder / 'server.db'}"
        server = MlflowServer(folder, ["--backend-store-uri", store, *options])
        servers.append(server)
        server.start()
        return server

    yield begin
    for server in servers:
        server.kill()


@dataclass(frozen=True)
class ObjectStore:
    """An object store: the location of a new bucket or container, and what clients need to know."""

    location: Callable[[], str]
    environ: dict[str, str]


@pytest.fixture(scope="session")
def moto_s3() -> Iterator[ObjectStore]:
    need_module("boto3")
    need_module("flask")
    server = find_program("moto_server")
    port = free_port()
    environ = {
        "MLFLOW_S3_ENDPOINT_URL": f"http://{HOST}:{port}",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "s3-secret-7f3a",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }

    def new_bucket() -> str:
        name = f"bucket-{uuid.uuid4().hex[:8]}"
        request = urllib.request.Request(f"http://{HOST}:{port}/{name}", method="PUT")
        with urllib.request.urlopen(request, timeout=10):
            return f"s3://{name}/runs"

    with private_folder("moto") as (folder, _, _):
        log = folder / "log"
        process = start([server, "-H", HOST, "-p", str(port)], log)
        try:
            wait_until(lambda: port_open(port), process, log)
            yield ObjectStore(new_bucket, environ)
        finally:
            stop(process)


@pytest.fixture(scope="session")
def azurite() -> Iterator[ObjectStore]:
    need_module("azure.storage.blob")
    server = find_program("azurite-blob")
    port = free_port()
    # The account and key that every Azurite has, from its documentation.
    key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
    connection = (
        f"DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey={key};"
        f"BlobEndpoint=http://{HOST}:{port}/devstoreaccount1;"
    )

    def new_container() -> str:
        from azure.storage.blob import BlobServiceClient

        name = f"container-{uuid.uuid4().hex[:8]}"
        with BlobServiceClient.from_connection_string(connection) as client:
            client.create_container(name).close()
        return f"wasbs://{name}@devstoreaccount1.blob.core.windows.net/runs"

    with private_folder("azurite") as (folder, _, _):
        log = folder / "log"
        command = [server, "--silent", "--skipApiVersionCheck", "--disableTelemetry"]
        command += ["--location", str(folder), "--blobHost", HOST, "--blobPort", str(port)]
        process = start(command, log)
        try:
            wait_until(lambda: port_open(port), process, log)
            yield ObjectStore(new_container, {"AZURE_STORAGE_CONNECTION_STRING": connection})
        finally:
            stop(process)
