"""What things cost, each beside a floor measured in the same run: `make bench`, or `python -m bench --help`.

One JSON line per figure: {"figure", "value", "unit", "floor", "ratio", ...}. A figure says little on a noisy machine, its ratio to
the floor says more.
"""
