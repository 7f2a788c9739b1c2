"""Write docs/models.md from the catalogue: ``python docs/make_models.py``."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from ssms.config import describe
from ssms.config.catalogue import FAMILIES

PAGE = Path(__file__).parent / "models.md"

HEAD = """# Models

<!-- Written by docs/make_models.py from src/ssms/config/catalogue/; change it there. -->

Every model of the catalogue: its equation, its parameters with their training bounds and defaults,
its choices. The order of the parameters is that of the columns of theta.

Conventions:

- Times are in seconds, evidence is in arbitrary units, drift is evidence per second.
- τ is the time since the decision process began. Boundaries and drifts are functions of τ, not of
  the response time rt.
- x(τ) is the evidence, W a standard Brownian motion, s the noise: 1, unless theta holds `s` or
  `sigma_noise` is given. In ballistic models, sd is the standard deviation of drifts: 0.1, unless
  theta holds `sd`, `s` or, for each accumulator, `s0`, `s1`, …
- a is half the separation of the boundaries: they stand at a and −a. z is the start relative to
  their separation: 0 at the lower one, 1 at the upper one.
- Choice 1 is the upper boundary, −1 the lower one. In races a is the height of the one boundary, z
  the start relative to it, and the choice the number of the accumulator that reaches it first. The
  noise of each accumulator may be given: `s0`, `s1`, ...
- Uniform(l, h) lies between l and h; the second argument of Normal is a standard deviation.
- No response by `max_t` (a limit on τ) is an omission: rt is −999.

**Deadlines.** Every model with a response time has a variant `NAME_deadline`, with one more
parameter, `deadline` (last; training bounds 0.001 to 10, default 10): a response later than it is
an omission. The choice of an omitted sample is the side on which x stood at the limit; in races,
the largest accumulator; in races without a floor, −1; for ballistic accumulators and counters, the
one that would have been first. In two-stage models each level has the side on which it stood, and a
low level that has not begun is up with the probability of its start; in `addm` it is 0.

The same in Python: `print(ssms.config.describe(ssms.config.model_config["ddm"]))`.
"""


def sections() -> Iterator[str]:
    """Yield the text of each family: its title, what it has in common, its models."""
    for family in FAMILIES:
        module = import_module(f"ssms.config.catalogue.{family}")
        title, _, about = (module.__doc__ or family).partition("\n")
        yield f"## {title.strip().rstrip('.')}\n"
        if about.strip():
            yield f"{about.strip()}\n"
        for model in module.MODELS:
            text = describe(model.config(), name=model.name)
            body = "\n".join(line.removeprefix("  ") for line in text.splitlines()[1:])
            yield f"### {model.name}\n\n{model.description}.\n\n```text\n{body}\n```\n"


def page() -> str:
    """Return the text of docs/models.md."""
    return "\n".join([HEAD, *sections()])


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
