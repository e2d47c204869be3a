"""kNN-KD: nearest neighbor knowledge distillation for neural machine translation (NAACL 2022)."""
