"""A private PostgreSQL server for one test run, if Debian's binaries are installed."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine, text


def binaries() -> Path | None:
    """The folder with `initdb` and `postgres`; None if there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    return found[-1].parent if found else None


@contextmanager
def server() -> Iterator[str]:
    """A fresh server without TCP; yields a SQLAlchemy URL."""
    programs = binaries()
    assert programs is not None, "ask binaries() first"
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    user = _not_root()
    if user is not None:
        shutil.chown(folder, user)
    data = folder / "data"

    def run(program: str, *options: str) -> None:
        command = [str(programs / program), "-D", str(data), *options]
        subprocess.run(command, user=user, cwd=folder, check=True, stdout=subprocess.DEVNULL)

    try:
        run("initdb", "--username=lookreel", "--auth=trust", "--no-sync", "--encoding=UTF8")
        settings = f"-k {folder} -c listen_addresses= -c fsync=off"
        run("pg_ctl", "start", "--wait", "-l", str(folder / "log"), "-o", settings)
        try:
            yield f"postgresql://lookreel@/postgres?host={folder}"
        finally:
            run("pg_ctl", "stop", "--wait", "-m", "immediate")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def empty(url: str) -> None:
    """Drop all that is in the database."""
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:", 1))
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    engine.dispose()


def _not_root() -> str | None:
    """PostgreSQL refuses to run as root: somebody else then."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"
