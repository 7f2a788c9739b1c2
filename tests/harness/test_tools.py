"""The scripts in tools/ derive the constants that stand in the core."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["fit_normal_tail", "fit_single_precision", "make_collocation", "fit_overshoot"]
)
def test_constants_of_the_source_are_those_that_the_script_derives(name):
    done = subprocess.run(
        [sys.executable, f"tools/{name}.py"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_functions_of_a_touch_are_the_fitted_ones():
    path = ROOT / "tools" / "fit_touch.py"
    spec = importlib.util.spec_from_file_location("fit_touch", path)
    fit_touch = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(fit_touch)
    source = (ROOT / "csrc" / "diffusion" / "bridge_touch.h").read_text()
    numbers = {float(text) for text in re.findall(r"\d+\.\d+", source)}
    fitted = [
        *fit_touch.fitted_mills()[0][1:],
        *fit_touch.fitted_mills()[1][1:],
        *(value for fit in fit_touch.FITS for value in fit_touch.polynomial(*fit)),
    ]
    for value in fitted:
        # The last digit is the noise of the fit.
        assert min(abs(abs(value) - number) for number in numbers) < 2e-4, value


@pytest.mark.slow
def test_gauss_rules_are_those_that_the_script_writes():
    pytest.importorskip("mpmath")
    done = subprocess.run(
        [sys.executable, "tools/make_gauss.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == (ROOT / "csrc" / "density" / "gauss.h").read_text()


def test_constants_of_a_push_are_the_derived_ones():
    path = ROOT / "tools" / "push_of_floor.py"
    spec = importlib.util.spec_from_file_location("push_of_floor", path)
    push = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(push)
    source = (ROOT / "csrc" / "race" / "race_step.h").read_text()
    line = re.search(r"PUSH_SELF = (\S+), PUSH_TWICE = ([^,]+), PUSH_UNEVEN = ([^;]+);", source)
    self, twice, uneven = (eval(text) for text in line.groups())
    assert push.push_self() == pytest.approx((self, self), abs=1e-3)
    assert push.push_twice() == pytest.approx(twice)
    assert push.push_uneven() == pytest.approx(uneven, abs=1e-3)
