"""``python -m app`` is ``policyqa``."""

from app.cli import main

main()
