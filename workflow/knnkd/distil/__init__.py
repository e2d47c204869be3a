"""Training with a teacher: losses, terms, the fairseq plugin, and BERT as a teacher."""
