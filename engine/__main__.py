"""`python -m engine` is the same as `rekindle`."""

from engine.cli import main

if __name__ == "__main__":
    main()
