"""The Dask executor: futures over paths, a few tasks a worker in flight, one client for a run.

Nothing but small job descriptions and receipts passes the scheduler; correctness lives on disk, so
a task that ran twice or whose result was lost with its worker does no harm.
"""

from __future__ import annotations

import ast
import contextlib
import logging
import multiprocessing
import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError
from multiprocessing import forkserver, resource_tracker
from pathlib import Path
from typing import Any, TypeVar

import dask
import distributed.utils
from dask.distributed import Client, Nanny, Scheduler, SpecCluster
from distributed.scheduler import KilledWorker

from curate.engine.store import SCRATCH
from curate.errors import EnvironmentError_, ShardError

J = TypeVar("J")
R = TypeVar("R")

STEPS = ("sources", "transforms", "filters", "barriers")
IN_FLIGHT = 4  # tasks a worker: no slower than submitting all, and bounds the scheduler's memory
GLANCE_SECONDS = 2.0  # between looks at the scheduler while no result comes
NO_WORKERS_SECONDS = 300.0  # a batch system may be about to start some
SETTINGS = {
    "distributed.scheduler.allowed-failures": 2,
    "distributed.worker.multiprocessing-method": "forkserver",
    "distributed.scheduler.no-workers-timeout": "5 minutes",
    # Results are receipts of a few hundred bytes: there is nothing to spill.
    "distributed.worker.memory.target": False,
    "distributed.worker.memory.spill": False,
    # The nanny sets OMP, MKL and OPENBLAS to 1 by itself, these two it does not know.
    "distributed.nanny.pre-spawn-environ.POLARS_MAX_THREADS": 1,
    "distributed.nanny.pre-spawn-environ.NUMBA_NUM_THREADS": 1,
    # The nanny lets the C library give every freed clip back to the kernel at once, which costs 9 s
    # of page faults an hour of audio; keeping up to half a GB for the next clip costs 3 s.
    "distributed.nanny.pre-spawn-environ.MALLOC_TRIM_THRESHOLD_": 2**29,
    "distributed.nanny.pre-spawn-environ.MALLOC_MMAP_THRESHOLD_": 2**28,
}


class Cluster:
    """Dask workers: local processes, or those of a running scheduler."""

    def __init__(self, folder: Path, workers: int, gpus: int = 0, scheduler: str = "") -> None:
        """Start local workers, or connect to a scheduler.

        Args:
            folder: Work folder of the run; scratch files stay inside.
            workers: Local worker processes, one core each.
            gpus: How many of the machine's GPUs to use: one more worker each.
            scheduler: ``tcp://…`` or a scheduler file instead of local workers.

        Raises:
            EnvironmentError_: The scheduler cannot be reached, or its workers lack this package.
        """
        dask.config.set(SETTINGS)
        self._stack = contextlib.ExitStack()
        self._gpus = gpus
        if scheduler:
            self.client = self._stack.enter_context(_connect(scheduler))
            self._check_remote(folder)
            self._size = len(self._workers())
            self._what = f"scheduler, {self._size} workers"
        else:
            local = self._stack.enter_context(_local(folder, workers, gpus))
            self.client = self._stack.enter_context(Client(local, set_as_default=False))
            self.client.wait_for_workers(workers + gpus)
            self._size = workers + gpus
            self._what = f"{workers} workers" + (f" + {gpus} GPU workers" if gpus else "")

    def _workers(self) -> dict[str, Any]:
        workers: dict[str, Any] = self.client.scheduler_info(n_workers=-1)["workers"]
        return workers

    def _check_remote(self, folder: Path) -> None:
        sentinel = folder / "shared-folder"
        sentinel.write_text("seen", encoding="utf-8")
        try:
            self.client.run_on_scheduler(_can_import)
            seen = self.client.run(_can_see, str(sentinel))
        except Exception as error:  # whatever the other side raised, it cannot run our code
            hint = "install the same version of curate on the scheduler and all workers"
            raise EnvironmentError_(f"the cluster cannot import curate: {error}; {hint}") from None
        finally:
            sentinel.unlink(missing_ok=True)
        if blind := sorted(worker for worker, sees in seen.items() if not sees):
            hint = "put --out and the sources on a folder that every worker shares"
            raise EnvironmentError_(f"{blind[0]} does not see {folder}; {hint}")
        self._gpus = sum("GPU" in worker["resources"] for worker in self._workers().values())

    def run(
        self, work: Callable[[J], R], jobs: Iterable[J], device: str = "cpu"
    ) -> Iterator[tuple[J, R | Exception]]:
        """Give (job, receipt or failure) for each job, as they finish.

        A shard that was only waiting on a worker killed by its neighbour looks guilty too. So all
        that were lost with a worker run once more, one at a time: only the guilty one fails again.
        """
        suspects: list[J] = []
        for job, result in self._round(work, jobs, device, IN_FLIGHT * self._size):
            if isinstance(result, KilledWorker):
                suspects.append(job)
            else:
                yield job, result
        for job, result in self._round(work, suspects, device, 1):
            if isinstance(result, KilledWorker):
                what = "its worker died again and again (out of memory, or a crash in a library)"
                result = ShardError(f"{what}; try smaller shards or --workers 1")
            yield job, result

    def _round(
        self, work: Callable[[J], R], jobs: Iterable[J], device: str, window: int
    ) -> Iterator[tuple[J, R | Exception]]:
        resources = {"GPU": 1} if device == "cuda" and self._gpus else None
        waiting = iter(jobs)
        running: dict[str, tuple[Any, J]] = {}
        finished: queue.SimpleQueue[Any] = queue.SimpleQueue()

        def submit(job: J) -> None:
            if not self._is_there():
                raise self._gone()
            # A key of its own each time: a result lost with its worker must not be found again.
            future = self.client.submit(work, job, pure=False, resources=resources)
            running[future.key] = future, job
            future.add_done_callback(finished.put)

        for _, job in zip(range(window), waiting, strict=False):
            submit(job)
        try:
            while running:
                future = self._next(finished)
                job = running.pop(future.key)[1]
                result: R | Exception
                try:  # never branch on future.status: it flips back when a worker dies
                    result = future.result()
                except CancelledError:  # nobody cancels but a lost client
                    raise self._gone() from None
                except Exception as error:  # the shard boundary: the rest of the run goes on
                    result = error
                yield job, result
                future.release()
                if (following := next(waiting, None)) is not None:
                    submit(following)
        finally:
            if running and self._is_there():
                self.client.cancel([future for future, _ in running.values()], force=True)

    def _next(self, finished: queue.SimpleQueue[Any]) -> Any:
        """The next future that is done; while it waits, it looks whether anybody is at work."""
        idle = time.monotonic()
        while True:
            try:
                return finished.get(timeout=GLANCE_SECONDS)
            except queue.Empty:
                if not self._is_there():
                    raise self._gone() from None
                if self._workers():
                    idle = time.monotonic()
                elif time.monotonic() - idle > NO_WORKERS_SECONDS:
                    hint = "start some with `dask worker`, then run the same command again"
                    raise EnvironmentError_(f"all Dask workers are gone; {hint}") from None

    def _is_there(self) -> bool:
        return bool(self.client.status == "running")

    def _gone(self) -> EnvironmentError_:
        hint = "finished shards are kept; start it again, then run the same command again"
        return EnvironmentError_(f"the Dask scheduler is gone or was started anew; {hint}")

    def describe(self) -> str:
        """How many workers."""
        return f"dask, {self._what}"

    def close(self) -> None:
        """Stop local workers, leave a remote cluster running."""
        with contextlib.suppress(OSError, TimeoutError):
            self._stack.close()


@contextlib.contextmanager
def _local(folder: Path, workers: int, gpus: int) -> Iterator[Any]:
    """Local workers that do not see Ctrl-C: the driver alone decides what it means."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // (workers + gpus)
    options = {
        "nthreads": 1,
        "env": dict(os.environ),  # the server they are forked from has that of its own start
        "memory_limit": memory,
        "local_directory": str(folder / SCRATCH),
        "dashboard": False,
        "dashboard_address": None,
        "silence_logs": logging.CRITICAL,
    }
    spec = {f"cpu-{i}": {"cls": Nanny, "options": options} for i in range(workers)}
    for gpu in range(gpus):
        env = {**os.environ, "CUDA_VISIBLE_DEVICES": str(gpu)}
        spec[f"gpu-{gpu}"] = {
            "cls": Nanny,
            "options": {**options, "resources": {"GPU": 1}, "env": env},
        }
    scheduler = {
        "cls": Scheduler,
        "options": {
            "dashboard": False,
            "dashboard_address": "127.0.0.1:0",  # else it takes port 8787 all the same
            "host": "127.0.0.1",
            "port": 0,
        },
    }
    _import_once()
    with _without_script():
        try:
            with _without_sigint():
                cluster = SpecCluster(
                    workers=spec, scheduler=scheduler, silence_logs=logging.CRITICAL
                )
        except RuntimeError as error:  # a worker that was killed, or found no memory
            hint = "run it again, with fewer --workers if memory is short"
            raise EnvironmentError_(f"the workers did not start ({error}); {hint}") from error
        try:
            yield cluster
        finally:
            cluster.close(timeout=10)


def start_ahead() -> None:
    """Start the server that local workers are forked from, while planning goes on.

    Its imports take a second, on another core. May be called in any thread.
    """
    dask.config.set(SETTINGS)
    _import_once()
    settings = dask.config.get("distributed.nanny.pre-spawn-environ")
    before = {name: os.environ.get(name) for name in settings}
    resource_tracker.ensure_running()  # it would unblock what is blocked next
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # the server inherits it
    os.environ.update({name: str(value) for name, value in settings.items()})
    try:
        forkserver.ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _import_once() -> None:
    """Let workers begin with what they would import first, loaded once and forked.

    Python's fork server runs no thread of its own, so no lock is ever inherited locked.
    """
    distributed.utils._forkserver_preload_set = True  # or it would set a list of its own
    ours = [name for name in list(sys.modules) if name.startswith("curate.")]
    steps = [name for name in ours if name.split(".")[1] in STEPS]
    later = sorted({name for step in steps for name in _imports_of(step)})
    multiprocessing.set_forkserver_preload(["distributed", *ours, *later, "curate.engine.warm"])


def _imports_of(module: str) -> Iterator[str]:
    """The libraries of ours that a step imports, most of them when it is first called."""
    file = sys.modules[module].__file__
    tree = ast.parse(Path(file).read_text(encoding="utf-8") if file else "")
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("curate."):
            yield node.module


@contextlib.contextmanager
def _without_script() -> Iterator[None]:
    """Keep new processes from running the user's script again, which would start another run.

    Python's "spawn" imports the main module in each child to find the functions defined there, and
    no step is. A worker that died is started again, so this holds as long as the workers do.
    """
    main = vars(sys.modules["__main__"])
    hidden: dict[str, Any] = {name: main[name] for name in ("__file__", "__spec__") if name in main}
    main.update(__spec__=None)
    main.pop("__file__", None)
    try:
        yield
    finally:
        main.update(hidden)


@contextlib.contextmanager
def _without_sigint() -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may touch signal handlers, and only it gets Ctrl-C
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _connect(scheduler: str) -> Any:
    options = (
        {"scheduler_file": scheduler} if scheduler.endswith(".json") else {"address": scheduler}
    )
    if scheduler.endswith(".json") and not Path(scheduler).is_file():
        raise EnvironmentError_(f"{scheduler}: no such scheduler file; is the scheduler running?")
    for name in ("distributed", "distributed.client"):  # what it has to say, errors say better
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        client = Client(**options, timeout="20s", set_as_default=False)
        client.wait_for_workers(1, timeout=60)
    except Exception as error:  # what answers there may be no scheduler, and say anything
        hint = "start it with `dask scheduler` and `dask worker`, and check the address"
        raise EnvironmentError_(f"no Dask scheduler at {scheduler} ({error}); {hint}") from None
    return client


def _can_import() -> str:
    import curate.engine.shard

    return str(curate.engine.shard.__name__)


def _can_see(path: str) -> bool:
    return Path(path).is_file()
