"""A replica computes in the precision and with the cores that the machine really has."""

import os

import pytest
import torch

from serve.pipelines import device

needs_cpu = pytest.mark.skipif(torch.cuda.is_available(), reason="about machines without a GPU")


@needs_cpu
@pytest.mark.parametrize(
    ("capabilities", "dtype"),
    [
        ({"avx2": True}, torch.float32),
        ({"avx512_bf16": True}, torch.bfloat16),
        ({"amx_bf16": True}, torch.bfloat16),
    ],
)
def test_a_cpu_that_would_emulate_bfloat16_computes_in_float32(
    capabilities: dict[str, bool], dtype: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities)
    assert device.resolve_dtype("bfloat16") is dtype
    assert device.resolve_dtype("float32") is torch.float32


@needs_cpu
@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="only Linux tells")
def test_a_replica_uses_every_core_it_may_use() -> None:
    torch.set_num_threads(1)
    device.claim(gpu_fraction=0)
    assert torch.get_num_threads() == len(os.sched_getaffinity(0))
