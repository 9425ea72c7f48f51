"""On what something was measured, and how far the measurements spread."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import numpy as np

LIBRARIES = ("numpy", "faiss-cpu", "tantivy", "tokenizers")


def use_cores(count: int) -> None:
    """Keeps this process and the libraries it will load to some cores, where the system allows it."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:count])


def describe_machine() -> list[str]:
    """Lines on the processor, its cores in use and how busy they are, memory, system and versions."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return [
        f"machine   {_processor()}, {cores} cores used of {os.cpu_count()}, {memory:.0f} GiB, "
        f"load {os.getloadavg()[0]:.1f} at the start",
        f"system    {platform.system()} {platform.release()}, Python {platform.python_version()}",
        "versions  " + ", ".join(f"{name} {version(name)}" for name in ("policyqa", *LIBRARIES)),
    ]


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def spread(values: Sequence[float], unit: str, digits: int = 2) -> str:
    """The median of some measurements, with the least and the greatest.

    Args:
        values: at least one measurement.
        unit: what they are measured in.
        digits: decimals to show.

    Returns:
        Such as ``1.23 s (1.20 to 1.40, 5 runs)``.
    """
    low, middle, high = (float(np.percentile(values, p)) for p in (0, 50, 100))
    return f"{middle:.{digits}f} {unit} ({low:.{digits}f} to {high:.{digits}f}, {len(values)} runs)"


def peak_memory() -> str:
    """The most memory that this process has held, and how it is divided now, as far as the system says."""
    status = Path("/proc/self/status")
    if not status.exists():
        return "unknown"
    held = dict(
        line.split(":", 1) for line in status.read_text().splitlines() if line.startswith(("VmHWM", "Rss"))
    )
    names = {"VmHWM": "peak", "RssAnon": "own now", "RssFile": "mapped files now"}
    return ", ".join(f"{label} {int(held[name].split()[0]) / 2**20:.2f} GiB" for name, label in names.items())


def peak_memory_bytes() -> int:
    """The most memory that this process has held, mapped files among it, in bytes."""
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
