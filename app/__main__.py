"""``python -m app`` is ``policyqa``."""

from app.cli import main

if __name__ == "__main__":  # answering processes import this module under another name
    main()
