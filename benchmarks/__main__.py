"""`make bench`: prints the table and writes .site/bench.json. Expects a connected MariaDB site."""

import argparse
from pathlib import Path

from benchmarks import stock

parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
parser.add_argument("--units", type=int, nargs="+", default=stock.SIZES)
parser.add_argument("--rounds", type=int, default=stock.ROUNDS)
parser.add_argument("--out", type=Path, default=Path(".site/bench.json"))
arguments = parser.parse_args()
stock.run(arguments.out, tuple(arguments.units), arguments.rounds)
