"""The policy texts, and how a text becomes documents, clauses and passages."""
