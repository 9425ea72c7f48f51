"""BERT-shaped encoders run without a padded token, on a GPU and on a CPU."""
