"""Fill the datastore (Eq. 3): one forward pass of the base model over the training set, teacher-forced."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch

from knnkd.arrays import begin, new_array, save_array, write_meta
from knnkd.binarise import read_data
from knnkd.errors import KnnKdError
from knnkd.io import Progress
from knnkd.models import TrainedModel

FP16_MAX = float(np.finfo(np.float16).max)


def batches(trained: TrainedModel, split: str, max_tokens: int) -> Iterator[dict]:
    """Yield fairseq batches of a loaded split on the model's device, sorted by length; every sentence is in one.

    max_tokens: padded tokens a batch, on the longer of its two sides.
    """
    iterator = trained.task.get_batch_iterator(
        dataset=trained.task.dataset(split),
        max_tokens=max_tokens,
        max_positions=None,  # the corpus has no over-long sentence, so nothing may be filtered here
        num_workers=0,
    ).next_epoch_itr(shuffle=False)
    for batch in iterator:
        batch["net_input"] = {name: tensor.to(trained.device) for name, tensor in batch["net_input"].items()}
        yield batch


@torch.inference_mode()
def hidden_states(trained: TrainedModel, batch: dict) -> torch.Tensor:
    """Return f(x, y_<i), the decoder's output before the projection, float [B, T, d]; padding positions are in."""
    features, _ = trained.model(**batch["net_input"], features_only=True)
    return features


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
