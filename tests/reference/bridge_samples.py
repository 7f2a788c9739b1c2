"""Samples by method bridge, and how far means and probabilities may be from what is promised."""

from ssms.basic_simulators.simulator import simulator

MEAN, PROBABILITY, NOISE = 1e-3, 1e-3, 4.5


def sample(model, theta, n, max_t=100.0, seed=1, **more):
    out = simulator(theta, model=model, n_samples=n, max_t=max_t, random_state=seed, delta_t=0.01,
                    return_option="minimal", method="bridge", **more)  # fmt: skip
    return out["rts"].ravel().astype(float), out["choices"].ravel()


def check(error, allowed, noise):
    assert abs(error) < allowed + NOISE * noise, (error, allowed, noise)
