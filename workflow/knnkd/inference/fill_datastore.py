"""Fill the datastore (Eq. 3): one forward pass of the base model over the training set, teacher-forced."""

from pathlib import Path

import numpy as np
import torch

from knnkd.core.arrays import begin, new_array, save_array, write_meta
from knnkd.core.errors import KnnKdError
from knnkd.core.files import Progress
from knnkd.corpus.binarise import read_data
from knnkd.distil.plugin.checkpoints import TrainedModel
from knnkd.inference.forward import batches, hidden_states

FP16_MAX = float(np.finfo(np.float16).max)


def dump_datastore(trained: TrainedModel, data_bin: Path, split: str, max_tokens: int, output: Path) -> None:
    """Write the datastore of one split into the folder `output`; `meta.json` comes last.

    max_tokens: padded target tokens a batch. Raises KnnKdError where a key is not finite or too large for float16.
    """
    trained.task.load_dataset(split)
    lengths = np.asarray(trained.task.dataset(split).tgt_sizes, dtype=np.int64)
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    rows, dimension = int(offsets[-1]), trained.model.decoder.output_embed_dim
    begin(output)
    with (
        new_array(output / "keys.npy", (rows, dimension), np.float16) as keys,
        new_array(output / "values.npy", (rows,), np.int32) as values,
        Progress("datastore", rows, " rows") as progress,
    ):
        for batch in batches(trained, split, max_tokens):
            real = batch["target"].ne(trained.padding)
            first = torch.from_numpy(offsets[batch["id"].numpy()])
            row = (first[:, None] + torch.arange(real.size(1)))[real].numpy()
            states = hidden_states(trained, batch)[real.to(trained.device)].float()
            # NaN fails this comparison too.
            if not bool((states.abs() <= FP16_MAX).all()):
                raise KnnKdError(
                    f"{output}: a key is NaN or beyond float16's {FP16_MAX:.0f}; did the training diverge?"
                )
            keys[row] = states.half().cpu().numpy()
            values[row] = batch["target"][real].numpy()
            progress.add(len(row))
    save_array(output / "offsets.npy", offsets)
    meta = {"rows": rows, "dimension": dimension, "sentences": len(lengths), "split": split}
    write_meta(output, meta | {"checkpoint": trained.weights, "data": read_data(data_bin)["hash"]})
