"""The plan of a start: a Ray Serve config file, read, checked field by field and adjusted.

It knows YAML, `ServeArgs` and the catalog; it starts nothing and does not know Ray.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from serve import catalog
from serve.card import Card
from serve.catalog_file import CatalogError
from serve.config import ModelConfig, ServeArgs
from serve.errors import ModelNotFound
from serve.protocol import Task

BUILDER = "serve.application:build_app"

Schema = TypeVar("Schema", bound=BaseModel)


class StartError(Exception):
    """Lookreel cannot start or go on; the message says why, for a user to read."""


class Condition(BaseModel):
    """How far a plan has come: what `serve.cluster` reports to the launcher, a line each time."""

    is_ready: bool = False
    """Every deployment is ready and HTTP is served."""
    ready: list[str] = []
    waiting: list[str] = []
    doing: dict[str, str] = {}
    """What those that wait are doing, in words, where they tell."""
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """A stock Ray Serve config that has been checked; `path` is the file it came from."""

    path: Path
    config: dict[str, Any]

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read `path`; the arguments of Lookreel's own application are checked at once."""
        try:
            config = yaml.safe_load(path.read_text())
        except OSError as error:
            raise StartError(f"{path}: {error.strerror}") from error
        except yaml.YAMLError as error:
            raise StartError(f"{path} is not valid YAML: {error}") from error
        plan = cls(path, config)
        if not isinstance(config, dict) or not isinstance(config.get("applications"), list):
            raise StartError(f"{path}: applications: must be a list of Ray Serve applications")
        for index, application in enumerate(config["applications"]):
            if not isinstance(application, dict):
                raise StartError(f"{path}: applications.{index}: must be a mapping")
            if application.get("import_path") == BUILDER:
                given = application.get("args") or {}
                where = ("applications", index, "args")
                application["args"] = plan.check(ServeArgs, given, where).model_dump()
        return plan

    def check(
        self, schema: type[Schema], value: object, where: tuple[str | int, ...] = ()
    ) -> Schema:
        """`value` as `schema`, or an error that names this file and each wrong field."""
        try:
            return schema.model_validate(value)
        except ValidationError as error:
            faults = [
                f"{self.path.name}: {'.'.join(map(str, (*where, *fault['loc'])))}: {fault['msg']}"
                for fault in error.errors()
            ]
            raise StartError("\n".join(faults)) from error

    @property
    def args(self) -> list[dict[str, Any]]:
        """The arguments of each of Lookreel's own applications."""
        applications = self.config["applications"]
        return [app["args"] for app in applications if app.get("import_path") == BUILDER]

    @property
    def http_port(self) -> int:
        """Where Serve will listen; 8000 is Ray's own default."""
        return int((self.config.get("http_options") or {}).get("port", 8000))

    def listen_on(self, port: int) -> None:
        """Move Serve to another port."""
        self.config["http_options"] = {**(self.config.get("http_options") or {}), "port": port}

    def write_to(self, output_dir: str) -> None:
        """Keep jobs and results in `output_dir`, the database with them."""
        for args in self.args:
            args |= {"output_dir": output_dir, "database_url": None}
            args |= self.check(ServeArgs, args).model_dump()

    def allow_non_commercial(self) -> None:
        """Accept that models may not be used commercially."""
        for args in self.args:
            args["allow_non_commercial"] = True

    def trust_remote_code(self) -> None:
        """Run the code that models bring."""
        for args in self.args:
            args["trust_remote_code"] = True

    def use_model(self, name: str, task: Task, base: str | None = None) -> None:
        """Serve `name` where the plan has a model for `task`, with that one's deployment.

        For a single file, `base` is the model with the rest.
        """
        try:
            card = self._card(name, base)
            if not all(args["trust_remote_code"] for args in self.args):
                catalog.refuse_code([card])
        except ModelNotFound as error:
            raise StartError(error.message) from error
        if task not in card.tasks:
            raise StartError(f"{name} does {', '.join(card.tasks)}; it cannot do {task}")
        for args in self.args:
            models = [ModelConfig.model_validate(model) for model in args["models"]]
            able = [index for index, model in enumerate(models) if task in self._tasks(model)]
            if able:
                # The specialist goes, so that a model which does more than this task stays.
                place = min(able, key=lambda index: len(self._tasks(models[index])))
                args["models"][place] |= {
                    "id": self._place(name),
                    "base": base and self._place(base),
                }
                return
        raise StartError(f"{self.path} has no {task} model that {name} could replace")

    def use_catalog(self, path: str) -> None:
        """Know also the cards of the file `path`."""
        for args in self.args:
            args |= self.check(ServeArgs, args | {"catalog": path}).model_dump()

    def _card(self, name: str, base: str | None = None) -> Card:
        return self._catalog.find(name, base)

    @property
    def _catalog(self) -> catalog.Catalog:
        own = next((args["catalog"] for args in self.args if args["catalog"]), None)
        try:
            return catalog.load_catalog(own)
        except CatalogError as error:
            raise StartError(str(error)) from error

    def _place(self, name: str) -> str:
        """A path as every process understands it; a name of the catalog, or of a hub, as it is."""
        path = Path(name).expanduser()
        is_path = path.exists() and not self._catalog.knows(name)
        return str(path.resolve()) if is_path else name

    def _tasks(self, model: ModelConfig) -> list[Task]:
        try:
            return self._card(model.id, model.base).tasks
        except ModelNotFound as error:
            raise StartError(f"{self.path}: args.models: {error.message}") from error
