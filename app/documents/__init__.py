"""Adding documents to what is answered from, and taking them away."""
