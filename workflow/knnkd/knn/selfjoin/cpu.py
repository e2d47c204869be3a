"""Blocks meet on a CPU: each thread makes a tile of products and looks through it while it is in the cache."""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Self, TypeVar

import numpy as np
import torch

from knnkd.core.files import Progress
from knnkd.knn.selfjoin import kernels
from knnkd.knn.selfjoin.blocks import Block, Shortlists, all_pairs, own_pairs
from knnkd.knn.selfjoin.engine import Again

SORTING = 1 << 23  # bytes that a thread takes to bring lists into their order
STRIP = 1024  # rows and columns of a tile: wide enough for the product's full rate, and 4 MB stay in the last cache
T = TypeVar("T")


class CpuTiles:
    """`engine.Engine` on the CPU. Tiles do not wait for each other unless they share a row or a column."""

    def __init__(self, threads: int) -> None:
        self.threads = threads
        self.memory = threads * (STRIP * (STRIP + 1) * 4 + SORTING)
        self._local = threading.local()

    def __enter__(self) -> Self:
        self._before = torch.get_num_threads()
        # Each thread makes products of its own: one product in several threads would leave the looking to one of them.
        self._pool = ThreadPoolExecutor(self.threads, initializer=torch.set_num_threads, initargs=(1,))
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)
        torch.set_num_threads(self._before)

    def meet(self, a: Block, b: Block, progress: Progress) -> None:
        """See `engine.Engine`."""
        locks = [threading.Lock() for _ in range(_strips(a) + (0 if a is b else _strips(b)))]
        counting = threading.Lock()

        def tile(pair: tuple[int, int]) -> None:
            size = self._tile(a, b, pair, locks)
            with counting:
                progress.add(size)

        self.each(tile, own_pairs(_strips(a)) if a is b else all_pairs(_strips(a), _strips(b)))

    def _tile(self, a: Block, b: Block, pair: tuple[int, int], locks: list[threading.Lock]) -> int:
        rows, columns = _strip(a, pair[0]), _strip(b, pair[1])
        product, slack = self._product(a.keys[rows], b.keys[columns])
        places = sorted({pair[0], pair[1] + (0 if a is b else _strips(a))})
        for place in places:  # always the lower one first, so that no two tiles wait for each other
            locks[place].acquire()
        try:
            sides = [(block.halves[at], *block.lists.part(at)) for block, at in ((a, rows), (b, columns))]
            kept = a.lists.packed.shape[1] // 2
            both = a is not b or pair[0] != pair[1]
            first = a.first + rows.start, b.first + columns.start
            kernels.scan(product, sides[0], sides[1], *first, kept, both, slack)
        finally:
            for place in places:
                locks[place].release()
        return product.size

    def _product(self, a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return a b^T float32 [n, m] and float32 [m] to work in, in this thread's buffers."""
        if not hasattr(self._local, "product"):
            self._local.product, self._local.slack = torch.empty(STRIP * STRIP), np.empty(STRIP, np.float32)
        product = self._local.product[: len(a) * len(b)].view(len(a), len(b))
        torch.mm(torch.from_numpy(a), torch.from_numpy(b).T, out=product)
        return product.numpy(), self._local.slack[: len(b)]

    def nearest_in(self, keys: np.ndarray, sample: np.ndarray, sample_halves: np.ndarray, rank: int) -> np.ndarray:
        """See `engine.Engine`."""
        found = np.empty(len(keys), np.float32)

        def strip(at: slice) -> None:
            product, _ = self._product(keys[at], sample)
            np.subtract(sample_halves, product, out=product)
            product.partition(rank - 1, axis=1)
            found[at] = product[:, rank - 1]

        self.each(strip, _slices(len(keys), max(1, STRIP * STRIP // len(sample))))
        return found

    def cut(self, lists: Shortlists, kept: int) -> None:
        """See `engine.Engine`."""
        self.each(lambda part: kernels.cut(*lists.part(part), kept), _slices(len(lists.counts)))

    def measure(self, block: Block, keys: np.ndarray, first: int) -> None:
        """See `engine.Engine`."""

        def part(at: slice) -> None:
            packed, counts, _ = block.lists.part(at)
            kernels.measure(block.keys[at], keys, block.first + at.start, first, packed, counts)

        self.each(part, _slices(len(block)))

    def rescan(self, again: Again, keys: np.ndarray, halves: np.ndarray, first: int) -> None:
        """See `engine.Engine`."""

        def strip(at: slice) -> None:
            lists = (again.packed[at], again.counts[at], again.limits[at])
            for part in _slices(len(keys)):
                product, _ = self._product(again.keys[at], keys[part])
                query = product, again.reach[at], halves[part], again.keys[at], keys[part], again.own[at]
                kernels.rescan(*query, first + part.start, *lists, again.k)

        self.each(strip, _slices(len(again.keys)))

    def each(self, work: Callable[[T], None], items: Iterable[T]) -> None:
        """See `engine.Engine`. An error, or an interrupt, ends it after the items at hand."""
        waiting, taking = iter(items), threading.Lock()
        stop = threading.Event()

        def worker() -> None:
            while not stop.is_set():
                with taking:
                    item = next(waiting, stop)
                if item is stop:
                    return
                work(item)  # type: ignore[arg-type]

        futures = [self._pool.submit(worker) for _ in range(self.threads)]
        try:
            for future in futures:
                future.result()
        finally:
            stop.set()


def _strips(block: Block) -> int:
    return -(-len(block) // STRIP)


def _strip(block: Block, number: int) -> slice:
    return slice(number * STRIP, min((number + 1) * STRIP, len(block)))


def _slices(total: int, step: int | None = None) -> list[slice]:
    step = step or STRIP
    return [slice(first, min(first + step, total)) for first in range(0, total, step)]
