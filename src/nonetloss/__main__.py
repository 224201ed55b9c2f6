"""`python -m nonetloss`."""

from nonetloss.cli import main

if __name__ == "__main__":
    main()
