"""BERT-KD's teacher (Chen et al. 2020): a masked language model that sees the source and both sides of each token."""
