"""The command line: run a study, check it, explain a method, read a run.

Question on the ground
    Can a planner on a bare laptop, typing one command, get the whole answer in her language?

Public names
    `main`.

Papers
    None.

What it does not do
    It computes nothing: it reads the environment, calls `study`, and prints.
"""


def main() -> None:
    """Entry point of `nonetloss`."""
    from nonetloss.cli.app import main as start

    start()
