"""Who loads what: heavy libraries stay out of the processes that do not need them."""

import json
import subprocess
import sys

import pytest

MODEL_LIBRARIES = {"torch", "diffusers", "transformers", "accelerate"}


def packages_loaded_by(module: str) -> set[str]:
    """Top-level packages that a fresh Python has loaded after ``import module``."""
    code = f"import {module}, json, sys; print(json.dumps([m.split('.')[0] for m in sys.modules]))"
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    return set(json.loads(answer.stdout.splitlines()[-1]))


def test_the_app_loads_neither_ray_nor_a_model_library() -> None:
    assert packages_loaded_by("app.ui") & (MODEL_LIBRARIES | {"ray"}) == set()


@pytest.mark.parametrize("module", ["application", "ingress", "job_queue", "deployment"])
def test_no_backend_module_loads_a_model_library_when_imported(module: str) -> None:
    assert packages_loaded_by(f"serve.{module}") & MODEL_LIBRARIES == set()


def test_the_wire_protocol_loads_nothing_of_the_backend_or_the_app() -> None:
    loaded = packages_loaded_by("serve.protocol")
    assert loaded & (MODEL_LIBRARIES | {"ray", "gradio", "fastapi", "app"}) == set()


def test_the_launcher_loads_neither_gradio_nor_a_model_library_to_answer_help() -> None:
    assert packages_loaded_by("start_app") & (MODEL_LIBRARIES | {"ray", "gradio"}) == set()
