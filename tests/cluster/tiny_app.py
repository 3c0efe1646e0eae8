"""The smallest Serve application that can fail in each way the launcher must tell apart."""

from pydantic import BaseModel, ConfigDict
from ray import serve
from ray.serve.handle import DeploymentHandle
from starlette.requests import Request


class TinyArgs(BaseModel):
    """What the test wants to see happen."""

    model_config = ConfigDict(extra="forbid")

    num_cpus: float = 0.1
    weights: str | None = None
    """A file that the model reads when it loads."""


class Model:
    """Reads a file, answers with its length."""

    def __init__(self, weights: str | None) -> None:
        self.length = 0
        if weights:
            with open(weights) as file:
                self.length = len(file.read())

    async def measure(self) -> int:
        return self.length


class Ingress:
    """Asks the model."""

    def __init__(self, model: DeploymentHandle) -> None:
        self.model = model

    async def __call__(self, request: Request) -> int:
        return int(await self.model.measure.remote())


def build(args: TinyArgs) -> serve.Application:
    """The application that tests deploy by its import path."""
    model = serve.deployment(Model, name="tiny", ray_actor_options={"num_cpus": args.num_cpus})
    ingress = serve.deployment(Ingress, ray_actor_options={"num_cpus": 0})
    return ingress.bind(model.bind(args.weights))
