"""The training of the built-in static Chinese–English model."""
