"""Speed against the released package, and accuracy against exact laws.

``python -m benchmarks`` prints the table of docs/performance.md, ``python -m
benchmarks.accuracy`` that of docs/accuracy.md.
"""

import sys
from pathlib import Path

# the laws and the parameter sets come from the readable references of the tests
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
