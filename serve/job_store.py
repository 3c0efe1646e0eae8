"""Job records in a database, SQLite by default, PostgreSQL by URL; it stores and decides nothing.

Every change of state is one conditional UPDATE, so that two writers (a queue that is going down and
its successor) can never both win.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Float,
    Integer,
    MetaData,
    Row,
    String,
    Table,
    Text,
    and_,
    case,
    create_engine,
    delete,
    event,
    func,
    insert,
    inspect,
    make_url,
    select,
    text,
    true,
    tuple_,
    update,
)
from sqlalchemy.exc import IntegrityError

from serve.protocol import JobError, JobQuery, JobStatus, ResolvedParams, Task

ObjectKind = Literal["video", "image"]
UNFINISHED = (JobStatus.QUEUED, JobStatus.IN_PROGRESS)


@dataclass(frozen=True, slots=True)
class JobRecord:
    """One job as it is stored; the columns of the table are exactly these fields."""

    id: str
    object: ObjectKind
    model: str
    task: Task
    prompt: str
    """As the user wrote it; `params.prompt` is what the model is given."""
    params: ResolvedParams
    created_at: int
    status: JobStatus = JobStatus.QUEUED
    attempt: int = 0
    """Runs begun so far."""
    images: tuple[str, ...] = ()
    """Storage keys of the pictures and clips that came with it."""
    files: dict[str, str] = field(default_factory=dict)
    timings: dict[str, float] = field(default_factory=dict)
    started_at: int | None = None
    completed_at: int | None = None
    peak_memory_gb: float | None = None
    run_seconds: float | None = None
    """How long the run that completed took, as the estimates learn it."""
    error: JobError | None = None
    remixed_from: str | None = None
    user: str | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    favourite: bool = False
    idempotency_key: str | None = None
    fingerprint: str = ""
    """A digest of the request, to tell a repeated one from another with the same key."""


_metadata = MetaData()
_jobs = Table(
    "jobs",
    _metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("id", String(64), nullable=False, unique=True),
    Column("object", String(16), nullable=False),
    Column("model", String(255), nullable=False),
    Column("task", String(32), nullable=False),
    Column("prompt", Text, nullable=False),
    Column("params", JSON, nullable=False),
    Column("created_at", Integer, nullable=False),
    Column("status", String(16), nullable=False, index=True),
    Column("attempt", Integer, nullable=False),
    Column("images", JSON, nullable=False),
    Column("files", JSON, nullable=False),
    Column("timings", JSON, nullable=False),
    Column("started_at", Integer),
    Column("completed_at", Integer),
    Column("peak_memory_gb", Float),
    Column("run_seconds", Float),
    Column("error", JSON(none_as_null=True)),
    Column("remixed_from", String(64)),
    Column("user", String(128), index=True),
    Column("metadata", JSON),
    Column("favourite", Boolean),
    Column("idempotency_key", String(255), unique=True),
    Column("fingerprint", String(64), nullable=False),
    sqlite_autoincrement=True,  # never reuse a number: it is the order of the list
)

# Of a clip; stills have none and come together at one end.
_SECONDS = case(
    (
        _jobs.c.object == "video",
        _jobs.c.params["num_frames"].as_float() / _jobs.c.params["fps"].as_float(),
    ),
    else_=0.0,
)


class JobStore:
    """All job records. Its methods block: call them from a worker thread."""

    def __init__(self, url: str) -> None:
        """Open the database at a SQLAlchemy URL and create what is missing in it."""
        parsed = make_url(url)
        if parsed.drivername == "postgresql":
            parsed = parsed.set(drivername="postgresql+psycopg")
        self._engine = create_engine(parsed, pool_pre_ping=True)
        if self._engine.dialect.name == "sqlite":
            if parsed.database:
                Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
            event.listen(self._engine, "connect", _prepare_sqlite)
        _metadata.create_all(self._engine)
        self._add_columns()

    def _add_columns(self) -> None:
        """Give a table of an earlier version the columns that came since; all may be empty."""
        present = {column["name"] for column in inspect(self._engine).get_columns(_jobs.name)}
        quote = self._engine.dialect.identifier_preparer.quote
        with self._engine.begin() as connection:
            for column in _jobs.columns:
                if column.name not in present:
                    kind = column.type.compile(self._engine.dialect)
                    name = quote(column.name)
                    connection.execute(text(f"ALTER TABLE {_jobs.name} ADD COLUMN {name} {kind}"))

    def close(self) -> None:
        """Give back all connections."""
        self._engine.dispose()

    def add(self, record: JobRecord) -> JobRecord:
        """Store a new job, or return the one that already has its id or idempotency key."""
        try:
            with self._engine.begin() as connection:
                connection.execute(insert(_jobs).values(_columns(record)))
        except IntegrityError:
            with self._engine.begin() as connection:
                same = (_jobs.c.id == record.id) | (
                    _jobs.c.idempotency_key == record.idempotency_key
                )
                return _record(connection.execute(select(_jobs).where(same)).one())
        return record

    def get(self, job_id: str) -> JobRecord | None:
        """The job, or None."""
        with self._engine.begin() as connection:
            return _find(connection, _jobs.c.id == job_id)

    def by_idempotency_key(self, key: str) -> JobRecord | None:
        """The job that was submitted with this key, or None."""
        with self._engine.begin() as connection:
            return _find(connection, _jobs.c.idempotency_key == key)

    def page(self, asked: JobQuery | None = None) -> tuple[list[JobRecord], bool]:
        """One page of jobs, and whether there are more behind it."""
        asked = asked or JobQuery()
        down = asked.order == "desc"
        keys = [_jobs.c.seq] if asked.sort == "created_at" else [_SECONDS, _jobs.c.seq]
        query = select(_jobs).where(*_conditions(asked)).limit(asked.limit + 1)
        query = query.order_by(*(key.desc() if down else key.asc() for key in keys))
        if asked.after is not None:
            place = [select(key).where(_jobs.c.id == asked.after).scalar_subquery() for key in keys]
            here, there = tuple_(*keys), tuple_(*place)
            query = query.where(here < there if down else here > there)
        with self._engine.begin() as connection:
            rows = connection.execute(query).all()
        return [_record(row) for row in rows[: asked.limit]], len(rows) > asked.limit

    def unfinished(self) -> list[JobRecord]:
        """All jobs that are still to be done, oldest first."""
        query = select(_jobs).where(_jobs.c.status.in_(UNFINISHED)).order_by(_jobs.c.seq)
        with self._engine.begin() as connection:
            return [_record(row) for row in connection.execute(query)]

    def recently_completed(self, limit: int) -> list[JobRecord]:
        """The newest completed jobs, oldest of them first."""
        query = (
            select(_jobs)
            .where(_jobs.c.status == JobStatus.COMPLETED)
            .order_by(_jobs.c.seq.desc())
            .limit(limit)
        )
        with self._engine.begin() as connection:
            return [_record(row) for row in reversed(connection.execute(query).all())]

    def change(
        self, record: JobRecord, *, expect: Sequence[JobStatus], **changes: Any
    ) -> JobRecord | None:
        """Change fields if the job still is in an expected state and in the same attempt.

        Returns the changed record, or None if somebody else was first.
        """
        changed = replace(record, **changes)
        columns = _columns(changed)
        condition = and_(
            _jobs.c.id == record.id,
            _jobs.c.attempt == record.attempt,
            _jobs.c.status.in_(expect),
        )
        statement = update(_jobs).where(condition).values({name: columns[name] for name in changes})
        with self._engine.begin() as connection:
            return changed if connection.execute(statement).rowcount == 1 else None

    def set_favourite(self, job_id: str, favourite: bool) -> bool:
        """Mark the job or unmark it, whatever its state; False if there is none."""
        statement = update(_jobs).where(_jobs.c.id == job_id).values(favourite=favourite)
        with self._engine.begin() as connection:
            return connection.execute(statement).rowcount == 1

    def delete(self, job_id: str) -> bool:
        """Forget the job; False if there was none."""
        with self._engine.begin() as connection:
            return connection.execute(delete(_jobs).where(_jobs.c.id == job_id)).rowcount == 1


def _conditions(asked: JobQuery) -> list[ColumnElement[bool]]:
    """What a job must be to be listed."""
    same = {"user": asked.user, "task": asked.task, "model": asked.model}
    found = [_jobs.c[name] == value for name, value in same.items() if value is not None]
    if asked.kind in ("video", "image"):
        found.append(_jobs.c.object == asked.kind)
    if asked.status:
        found.append(_jobs.c.status.in_(asked.status))
    if asked.favourite is not None:
        marked = _jobs.c.favourite.is_(true())
        found.append(marked if asked.favourite else marked.is_not(true()))
    for note in asked.metadata:
        name, has_value, value = note.partition(":")
        noted = _jobs.c["metadata"][name].as_string()
        found.append(noted == value if has_value else noted.is_not(None))
    for word in (asked.q or "").split():
        found.append(func.lower(_jobs.c.prompt).contains(word.lower(), autoescape=True))
    return found


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # SQLite's own knows only A to Z.
    connection.create_function("lower", 1, lambda word: word and word.lower(), deterministic=True)
    # FULL: an accepted job must survive a power cut, which WAL's usual NORMAL does not promise.
    for setting in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=10000"):
        connection.execute(f"PRAGMA {setting}")


def _find(connection: Connection, condition: Any) -> JobRecord | None:
    row = connection.execute(select(_jobs).where(condition)).one_or_none()
    return None if row is None else _record(row)


def _columns(record: JobRecord) -> dict[str, Any]:
    values = {entry.name: getattr(record, entry.name) for entry in fields(record)}
    values["params"] = record.params.model_dump(mode="json")
    values["images"] = list(record.images)
    values["error"] = record.error.model_dump(mode="json") if record.error else None
    return values


def _record(row: Row[Any]) -> JobRecord:
    values = dict(row._mapping)
    del values["seq"]
    values["task"] = Task(values["task"])
    values["status"] = JobStatus(values["status"])
    values["params"] = ResolvedParams.model_validate(values["params"])
    values["images"] = tuple(values["images"])
    values["metadata"] = values["metadata"] or {}
    values["favourite"] = bool(values["favourite"])
    values["error"] = JobError.model_validate(values["error"]) if values["error"] else None
    return JobRecord(**values)
