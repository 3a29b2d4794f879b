"""`make bench`: prints the tables and writes .site/bench.json and .site/volume.json.

Expects a connected MariaDB site, and for the growth with the ledger a second one, named by BENCHMARK_OTHER_SITE.
"""

import argparse
import sys
from pathlib import Path

from benchmarks import opening, stock, volume

parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
parser.add_argument("subjects", nargs="*", choices=("stock", "volume", "opening", []), default=[])
parser.add_argument("--units", type=int, nargs="+", default=stock.SIZES)
parser.add_argument("--rounds", type=int, default=stock.ROUNDS)
parser.add_argument("--rows", type=int, nargs=2, default=(volume.FEW, volume.MANY), help="few and many")
parser.add_argument("--growth", action="store_true", help="vouchers, picking, audit and daily job too")
parser.add_argument("--opening-units", type=int, default=opening.UNITS, help="in the file of opening stock")
parser.add_argument("--out", type=Path, default=Path(".site"))
arguments = parser.parse_args()
subjects = arguments.subjects or ("stock", "volume")
beyond = []
if "stock" in subjects:
	beyond += stock.run(arguments.out / "bench.json", tuple(arguments.units), arguments.rounds)
if "volume" in subjects:
	beyond += volume.run(arguments.out / "volume.json", *arguments.rows, growth=arguments.growth)
if "opening" in subjects:
	opening.run(arguments.opening_units)
sys.exit(bool(beyond))
