"""`make bench`: prints the tables and writes them to .site/, one file for each subject.

Expects a connected MariaDB site, and for the growth with the ledger a second one, named by BENCHMARK_OTHER_SITE.
"""

import argparse
import sys
from pathlib import Path

from benchmarks import opening, reports, stock, upkeep, volume

parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
parser.add_argument(
	"subjects", nargs="*", choices=("stock", "volume", "opening", "upkeep", "reports", []), default=[]
)
parser.add_argument("--units", type=int, nargs="+", default=stock.SIZES)
parser.add_argument("--rounds", type=int, default=stock.ROUNDS)
parser.add_argument("--rows", type=int, nargs=2, default=(volume.FEW, volume.MANY), help="few and many")
parser.add_argument("--growth", action="store_true", help="vouchers, picking, audit and daily job too")
parser.add_argument("--opening-units", type=int, default=opening.UNITS, help="in the file of opening stock")
parser.add_argument("--upkeep-units", type=int, default=upkeep.UNITS, help="that the daily job looks at")
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
if "upkeep" in subjects:
	beyond += upkeep.run(arguments.out / "upkeep.json", arguments.upkeep_units)
if "reports" in subjects:
	beyond += reports.run(arguments.out / "reports.json")
	print("\n".join(beyond))
sys.exit(bool(beyond))
