"""Batches of a split on the model's device, and the decoder's states for them."""

from collections.abc import Iterator

import torch

from knnkd.distil.plugin.checkpoints import TrainedModel


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
