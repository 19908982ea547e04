"""Measuring: seconds, processor seconds and peak memory of a piece of work in a process of its own."""

from __future__ import annotations

import gc
import multiprocessing
import resource
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Cost:
    """What one piece of work cost: `cpu` with its children, `peak_mb` of its process, `children_mb` of
    the largest of its children."""

    seconds: float
    cpu: float
    peak_mb: float
    children_mb: float
    value: Any = None


def say(words: str) -> None:
    """Progress, on stderr."""
    print(f"{time.strftime('%H:%M:%S')} {words}", file=sys.stderr, flush=True)


def timed(work: Callable[[], Any]) -> Cost:
    """Runs the work here."""
    gc.collect()
    before, start = _cpu(), time.perf_counter()
    value = work()
    seconds = time.perf_counter() - start
    return Cost(seconds, _cpu() - before, peak_mb(), _children_mb(), value)


def in_child(work: Callable[..., Any], *arguments: Any) -> Cost:
    """Runs the work in a fresh process, so that its memory is its own. `work` may return a Cost itself,
    where only a part of it is to be timed."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(target=_child, args=(theirs, work, arguments))
    child.start()
    theirs.close()
    try:
        cost: Cost = ours.recv()
    except EOFError:
        raise SystemExit(f"the benchmark {work.__qualname__} did not come to its end") from None
    finally:
        child.join()
    return cost


def together(work: Callable[..., Any], many: Sequence[Sequence[Any]]) -> list[Cost]:
    """The same work in several fresh processes at once."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(len(many)) as pool:
        return list(pool.map(lambda arguments: in_child(work, *arguments), many))


def _child(pipe: Connection, work: Callable[..., Any], arguments: Sequence[Any]) -> None:
    cost = timed(lambda: work(*arguments))
    if isinstance(cost.value, Cost):
        inner = cost.value
        cost = Cost(inner.seconds, inner.cpu, cost.peak_mb, cost.children_mb, inner.value)
    pipe.send(cost)
    pipe.close()


def interleaved(works: Mapping[str, Callable[[], Cost]], rounds: int) -> dict[str, Cost]:
    """Each work in turn, round after round, and of each the run with the median time."""
    runs: dict[str, list[Cost]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            cost = work()
            say(f"    {name}: {cost.seconds:.3f} s, {cost.peak_mb:.0f} MB")
            runs[name].append(cost)
    return {name: median(costs) for name, costs in runs.items()}


def median(costs: Sequence[Cost]) -> Cost:
    """The run with the median time."""
    middle = statistics.median_low(cost.seconds for cost in costs)
    return next(cost for cost in costs if cost.seconds == middle)


def _cpu() -> float:
    usage = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in usage)


def peak_mb() -> float:
    """The most memory that this process has held. Linux's `ru_maxrss` counts its parent's too."""
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return _megabytes(resource.RUSAGE_SELF)


def _children_mb() -> float:
    return _megabytes(resource.RUSAGE_CHILDREN)


def _megabytes(who: int) -> float:
    return resource.getrusage(who).ru_maxrss / (1024 * 1024 if sys.platform == "darwin" else 1024)
