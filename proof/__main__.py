"""`make proof`: prints what was proven, writes .site/proof.json, and ends with 1 if anything is wrong."""

import argparse
import json
import sys
import time
from pathlib import Path

from proof import concurrency, faults, hostile, replica, sequences

PARTS = ("hostile", "sequences", "faults", "concurrency", "replica")
parser = argparse.ArgumentParser(prog="proof", description=__doc__)
parser.add_argument("parts", nargs="*", default=PARTS, help=f"of {', '.join(PARTS)}; by default all")
parser.add_argument("--sequences", type=int, default=1000, help="of 40 steps, half of them on each database")
parser.add_argument("--units", type=int, default=10_000, help="in the voucher whose submit is disturbed")
parser.add_argument("--kills", type=int, default=10, help="of the server, and as many of the client")
parser.add_argument("--processes", type=int, default=8)
parser.add_argument("--seconds", type=float, default=60)
parser.add_argument("--seed", type=int, default=int(time.time()), help="of moments and choices; printed")
parser.add_argument("--out", type=Path, default=Path(".site/proof.json"))
arguments = parser.parse_args()
print(f"seed {arguments.seed}")

results = json.loads(arguments.out.read_text()) if arguments.out.exists() else {}
wrong = []
for part in arguments.parts:
	print(f"\n== {part}", flush=True)
	if part == "hostile":
		results[part] = hostile.run()
		wrong += [row["input"] for row in results[part] if row["wrong"]]
	elif part == "sequences":
		results[part] = sequences.run(arguments.sequences)
		wrong += [row["database"] for row in results[part] if row["wrong"]]
	elif part == "faults":
		results[part] = faults.run(arguments.units, arguments.kills, arguments.seed)
		wrong += [f"{row['fault']}: {row['wrong']}" for row in results[part] if row["wrong"]]
	elif part == "concurrency":
		results[part] = concurrency.run(arguments.processes, arguments.seconds, arguments.seed)
		wrong += results[part]["wrong"]
	elif part == "replica":
		results[part] = {"wrong": replica.run()}
		wrong += results[part]["wrong"]
	else:
		parser.error(f"{part} is not one of {', '.join(PARTS)}")
	arguments.out.write_text(json.dumps(results, indent=1))
print("\nWRONG:" if wrong else "\nAll of it is right.", *wrong, sep="\n")
sys.exit(bool(wrong))
