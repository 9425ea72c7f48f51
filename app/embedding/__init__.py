"""The chat inside pages of other sites: which may, where it lies, and a page that shows it."""
