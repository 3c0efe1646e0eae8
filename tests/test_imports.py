"""Who loads what: heavy libraries stay out of the processes that do not need them."""

import json
import subprocess
import sys

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


def test_binding_the_whole_backend_loads_no_model_library() -> None:
    """So do the processes of the ingress and the job queue, which import less."""
    assert packages_loaded_by("serve.application") & MODEL_LIBRARIES == set()


def test_the_wire_protocol_loads_nothing_of_the_backend_or_the_app() -> None:
    loaded = packages_loaded_by("serve.protocol")
    assert loaded & (MODEL_LIBRARIES | {"ray", "gradio", "fastapi", "app"}) == set()


def test_the_launcher_loads_neither_gradio_nor_a_model_library_to_answer_help() -> None:
    assert packages_loaded_by("start_app") & (MODEL_LIBRARIES | {"ray", "gradio"}) == set()
