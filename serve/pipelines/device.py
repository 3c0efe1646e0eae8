"""The device that this replica computes on, and its share of it."""

import gc
import os
import re
from pathlib import Path

import psutil
import torch

RESET = Path("/proc/self/clear_refs")
"""Where Linux is told to count a process's memory anew."""


def claim(gpu_fraction: float) -> None:
    """Stay within a share of the GPU's memory; on a CPU, use every core this process may use.

    Ray isolates neither, and sets ``OMP_NUM_THREADS`` to a replica's share of the cores: models
    that take turns would then leave most of the machine idle.
    """
    if torch.cuda.is_available():
        if 0 < gpu_fraction < 1:
            torch.cuda.set_per_process_memory_fraction(gpu_fraction)
    else:
        torch.set_num_threads(_usable_cores())


def memory_gb(gpu_fraction: float) -> float:
    """GiB that this replica may fill: its share of the GPU, else half of the machine's memory."""
    if torch.cuda.is_available():
        return float(torch.cuda.get_device_properties(0).total_memory) / 2**30 * gpu_fraction
    return float(psutil.virtual_memory().total) / 2**30 / 2


def free_host_gb() -> float:
    """GiB of the machine's memory that nobody uses, where offloaded weights rest."""
    return float(psutil.virtual_memory().available) / 2**30


def reset_peak_memory() -> None:
    """Forget how much memory was in use at most."""
    if torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()
    elif RESET.exists():
        RESET.write_text("5")


def peak_memory_gb() -> float | None:
    """Most GiB in use since then: of the GPU, or of this process; None where nobody knows."""
    if torch.cuda.is_available():
        return float(torch.cuda.max_memory_allocated()) / 2**30
    if not RESET.exists():
        return None
    status = Path("/proc/self/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found[1]) / 2**20 if found else None


def release() -> None:
    """Give back what dropped pipelines held; they are cycles of references."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def current() -> torch.device:
    """CUDA where there is a GPU, else the CPU."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def resolve_dtype(name: str) -> torch.dtype:
    """The dtype of that name, or float32 on a CPU that would have to emulate it."""
    dtype = getattr(torch, name)
    assert isinstance(dtype, torch.dtype), name
    if current().type == "cpu" and not _computes_bfloat16():
        return torch.float32
    return dtype


def synchronize() -> None:
    """Wait until everything that was asked of the device is really done."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def _usable_cores() -> int:
    if hasattr(os, "sched_getaffinity"):  # Linux: what a container or `taskset` leaves us
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _computes_bfloat16() -> bool:
    capabilities = torch.cpu.get_capabilities()
    return bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"))
