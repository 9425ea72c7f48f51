"""The encoder, the built-in multilingual model and the index with its life on disk."""
