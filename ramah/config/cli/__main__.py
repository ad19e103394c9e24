"""`python -m ramah.config.cli`: the command line without its script."""

from ramah.config.cli import main

main(prog_name="ramah")
