"""How a stage uses the processor: so many threads, and memory that stays with the process.

torch frees and takes tensors of tens of megabytes (a batch's logits are tokens x types) many times in every update.
glibc hands such blocks back to the kernel at once, which clears every page anew when the next tensor touches it: a
quarter of the processor time of a small model's training. Kept, training is 1.48 times as fast with 10,000 types and
1.08 times with 2,200 (d = 128, 2 + 2 layers, batches of 2,048 tokens, one thread, alternating rounds), for a peak of
memory 1.3 times as high. At 10,000 types that is half of the rate at which one thread multiplies matrices.
"""

import ctypes

import torch

M_TRIM_THRESHOLD, M_TOP_PAD, M_MMAP_MAX = -1, -2, -4  # of glibc's malloc.h
TOP_PAD = 64 << 20  # bytes: the heap grows by as much at a time
NEVER = -1  # no amount of free memory at the heap's end is handed back


def use_processor(threads: int) -> None:
    """Give torch so many threads, and keep memory that was freed for the next tensors.

    For what makes many large tensors of many sizes: training, the dump and BERT's soft labels. Not for the search,
    which reuses its tiles and has a budget of memory to keep, nor for decoding, which gains a fiftieth.
    """
    torch.set_num_threads(threads)
    keep_freed_memory()


def keep_freed_memory() -> bool:
    """Let malloc take large blocks from its heap, which never shrinks then; False where the C library is not glibc."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return False
    return all(mallopt(*option) for option in ((M_MMAP_MAX, 0), (M_TRIM_THRESHOLD, NEVER), (M_TOP_PAD, TOP_PAD)))
