"""kNN-KD: nearest neighbor knowledge distillation for neural machine translation (NAACL 2022)."""

from knnkd.core import fairseq_import

fairseq_import.install()
