"""What writes an answer from evidence."""
