"""What a simulation returns: shapes, types, summaries, and what its arguments do."""

import numpy as np
import pytest

from ssms import OMISSION_SENTINEL, Simulator
from ssms.basic_simulators.simulator import simulator
from ssms.config import model_config

ONE = {"v": 0.5, "a": 1.0, "z": 0.5, "t": 0.3}
THREE = {**ONE, "v": [0.5, 1.0, -1.0]}


def defaults(model):
    config = model_config[model]
    return dict(zip(config["params"], config["default_params"], strict=True))


@pytest.mark.parametrize(
    ("n_trials", "n_samples", "shape"),
    [
        (1, 1, (1, 1)),
        (1, 7, (7, 1)),
        (3, 1, (3, 1)),
        (3, 7, (7, 3, 1)),
        (0, 7, (7, 0, 1)),
        (0, 1, (1, 0, 1)),
    ],
)
def test_shapes_and_types(n_trials, n_samples, shape):
    theta = np.tile([0.5, 1.0, 0.5, 0.3], (n_trials, 1))
    result = simulator(theta, model="ddm", n_samples=n_samples, random_state=1)
    expected = {
        "rts": (shape, np.float32),
        "choices": (shape, np.int32),
        "choice_p": ((n_trials, 2), np.float64),
        "choice_p_no_omission": ((n_trials, 2), np.float64),
        "omission_p": ((n_trials, 1), np.float64),
        "nogo_p": ((n_trials, 1), np.float64),
        "go_p": ((n_trials, 1), np.float64),
        "binned_128": ((1, 128, 2), np.float64),
        "binned_256": ((1, 256, 2), np.float64),
    }
    assert {k: (v.shape, v.dtype) for k, v in result.items() if k != "metadata"} == expected
    assert isinstance(result["metadata"], dict)
    assert all(result[key].flags.writeable for key in expected)


def test_the_class_returns_samples_only():
    result = Simulator("ddm").simulate(ONE, n_samples=5)
    assert set(result) == {"rts", "choices", "metadata"}


# Labels that omissions have besides the choices: of models that know no side before the response.
OMITTED = {"racing_diffusion_3": {-1}, "addm": {0}}


@pytest.mark.parametrize(
    "model", [name for name in model_config if f"{name}_deadline" in model_config]
)
def test_every_model_and_its_deadline_variant(model):
    run = {"n_samples": 200, "max_t": 1000, "random_state": 1}
    plain = simulator(defaults(model), model=model, **run)
    assert set(np.unique(plain["choices"])) <= set(model_config[model]["choices"])
    assert (plain["omission_p"] == 0).all()

    late = {**defaults(model), "deadline": 1e9}
    limited = simulator(late, model=f"{model}_deadline", **run)
    np.testing.assert_array_equal(limited["rts"], plain["rts"])

    late["deadline"] = deadline = float(np.quantile(plain["rts"], 0.5, method="lower")) + 1e-4
    limited = simulator(late, model=f"{model}_deadline", **run)
    omitted = limited["rts"] == OMISSION_SENTINEL
    assert limited["rts"][~omitted].max() <= deadline
    assert 0.3 < omitted.mean() < 0.7
    labels = {*model_config[model]["choices"], *OMITTED.get(model, ())}
    assert set(np.unique(limited["choices"])) <= labels
    assert set(np.unique(limited["choices"][~omitted])) <= set(model_config[model]["choices"])
    if plain["metadata"]["method"] == "exact":  # steps, where there are some, end at the deadline
        np.testing.assert_array_equal(omitted, plain["rts"] > deadline)
        np.testing.assert_array_equal(limited["rts"][~omitted], plain["rts"][~omitted])


@pytest.mark.parametrize("n_choices", [2, 3, 4])
def test_models_without_response_time_have_no_deadline(n_choices):
    model = f"inv_temp_softmax_{n_choices}"
    results = simulator(defaults(model), model=model, n_samples=200, random_state=1)
    assert set(np.unique(results["choices"])) <= set(range(n_choices))
    with pytest.raises(ValueError, match="has no response time, and so no deadline"):
        Simulator(f"{model}_deadline")


def test_summaries_count_what_is_there():
    theta = {**THREE, "deadline": [0.6, 1.0, 1e-3]}
    result = simulator(theta, model="ddm_deadline", n_samples=2000, max_t=2.0, random_state=1)
    rts, choices = result["rts"][..., 0], result["choices"][..., 0]
    omitted = rts == OMISSION_SENTINEL
    for column, choice in enumerate([-1, 1]):
        chosen = choices == choice
        np.testing.assert_allclose(result["choice_p"][:, column], chosen.mean(axis=0))
        for trial in range(3):
            responses = choices[~omitted[:, trial], trial]
            share = (responses == choice).mean() if responses.size else OMISSION_SENTINEL
            assert result["choice_p_no_omission"][trial, column] == pytest.approx(share)
        for bins in (128, 256):
            edges = np.append(np.linspace(0, 2.0, bins), np.inf)
            counts, _ = np.histogram(rts[chosen & ~omitted], edges)
            np.testing.assert_array_equal(result[f"binned_{bins}"][0, :, column], counts)
    np.testing.assert_allclose(result["omission_p"][:, 0], omitted.mean(axis=0))
    assert result["omission_p"][2, 0] == 1.0
    go = ((choices == 1) & ~omitted).mean(axis=0)
    np.testing.assert_allclose(result["go_p"][:, 0], go)
    np.testing.assert_allclose(result["nogo_p"][:, 0], 1 - go)


def test_not_responding_by_max_t_is_an_omission():
    result = simulator({**ONE, "a": 2.0}, model="ddm", n_samples=2000, max_t=1.0, random_state=1)
    omitted = result["rts"] == OMISSION_SENTINEL
    assert 0.1 < omitted.mean() < 0.99
    assert result["rts"][~omitted].max() <= 1.3
    assert result["omission_p"].item() == pytest.approx(omitted.mean())
    assert set(np.unique(result["choices"][omitted])) == {-1, 1}


def test_deadline_is_on_the_scale_of_the_response_time():
    theta = {**ONE, "t": 1.0, "deadline": 1.0}
    result = simulator(theta, model="ddm_deadline", n_samples=100, random_state=1)
    assert result["omission_p"].item() == 1.0


def test_the_same_seed_gives_the_same():
    first = simulator(THREE, model="ddm", random_state=7)
    second = simulator(THREE, model="ddm", random_state=np.uint64(7))
    of_class = Simulator("ddm").simulate(THREE, random_state=7)
    for result in (second, of_class):
        np.testing.assert_array_equal(result["rts"], first["rts"])
        np.testing.assert_array_equal(result["choices"], first["choices"])
    assert (simulator(THREE, model="ddm", random_state=8)["rts"] != first["rts"]).mean() > 0.99


@pytest.mark.parametrize("seed", [0, 2**31, 2**64 - 1])
def test_the_whole_range_of_seeds(seed):
    result = simulator(ONE, model="ddm", n_samples=10, random_state=seed)
    assert result["metadata"]["random_state"] == seed


def test_without_a_seed_every_call_is_another_and_says_how_to_repeat_it():
    first, second = (simulator(ONE, model="ddm", n_samples=10) for _ in range(2))
    assert not np.array_equal(first["rts"], second["rts"])
    again = simulator(
        ONE, model="ddm", n_samples=10, random_state=first["metadata"]["random_state"]
    )
    np.testing.assert_array_equal(again["rts"], first["rts"])


def test_a_generator_is_accepted_and_advanced():
    rng = np.random.default_rng(3)
    first = simulator(ONE, model="ddm", random_state=rng)["rts"]
    second = simulator(ONE, model="ddm", random_state=rng)["rts"]
    assert not np.array_equal(first, second)
    rng = np.random.default_rng(3)
    np.testing.assert_array_equal(simulator(ONE, model="ddm", random_state=rng)["rts"], first)


def test_global_state_of_numpy_is_neither_read_nor_written():
    np.random.seed(1)  # noqa: NPY002
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    simulator(ONE, model="ddm", n_samples=10)
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002


@pytest.mark.parametrize("n_threads", [2, 3, 256])
def test_threads_change_nothing(n_threads):
    n_samples = 140_000  # more than one piece of work
    one = simulator(THREE, model="ddm", n_samples=n_samples, random_state=1)
    many = simulator(THREE, model="ddm", n_samples=n_samples, random_state=1, n_threads=n_threads)
    for key in one.keys() - {"metadata"}:
        np.testing.assert_array_equal(one[key], many[key])


def test_noise_per_trial():
    """A trial with noise s is one with noise 1 and v, a divided by s, on the same draws."""
    result = simulator({**ONE, "s": [1.0, 0.5, 2.0]}, model="ddm", random_state=1)["rts"]
    for trial, s in enumerate([1.0, 0.5, 2.0]):
        alone = simulator(
            {**ONE, "v": [0.5 / s] * 3, "a": [1.0 / s] * 3}, model="ddm", random_state=1
        )["rts"]
        np.testing.assert_allclose(result[:, trial], alone[:, trial], rtol=1e-6)
    assert len({float(np.mean(column)) for column in result[..., 0].T}) == 3


def test_sigma_noise_is_s():
    by_argument = simulator(ONE, model="ddm", sigma_noise=0.7, random_state=1)
    by_theta = simulator({**ONE, "s": 0.7}, model="ddm", random_state=1)
    by_other_name = simulator({**ONE, "sd": 0.7}, model="ddm", random_state=1)
    np.testing.assert_array_equal(by_argument["rts"], by_theta["rts"])
    np.testing.assert_array_equal(by_argument["rts"], by_other_name["rts"])
    assert by_argument["metadata"]["s"] == np.float32(0.7)
    default = simulator(ONE, model="ddm", random_state=1)
    np.testing.assert_array_equal(
        default["rts"], simulator(ONE, model="ddm", sigma_noise=1, random_state=1)["rts"]
    )


@pytest.mark.parametrize("noise", [{}, {"s": 2.0}])
def test_no_noise(noise):
    theta = {"v": [2.0, -0.5, 0.0], "a": 1.0, "z": 0.25, "t": 0.3, **noise}
    result = simulator(theta, model="ddm", n_samples=2, no_noise=True, random_state=1)
    # from -0.5: 1.5 up at 2 a second, 0.5 down at 0.5 a second, nowhere without drift
    np.testing.assert_allclose(result["rts"][0, :, 0], [1.05, 1.3, OMISSION_SENTINEL], rtol=1e-6)
    np.testing.assert_array_equal(result["choices"][:, :, 0], [[1, -1, -1]] * 2)


def test_no_noise_leaves_other_variability():
    theta = {**ONE, "v": 2.0, "sz": 0.0, "sv": 0.0, "st": 0.2}
    rts = simulator(theta, model="full_ddm", n_samples=1000, no_noise=True, random_state=1)["rts"]
    assert rts.min() >= 0.6 - 1e-6
    assert rts.max() <= 1.0 + 1e-6
    assert np.std(rts) == pytest.approx(0.4 / np.sqrt(12), rel=0.05)


@pytest.mark.parametrize("delta_t", [0.001, 0.1])
@pytest.mark.parametrize("smooth_unif", [True, False])
def test_exact_times_know_no_grid(delta_t, smooth_unif):
    arguments = {"model": "ddm", "n_samples": 500, "random_state": 1}
    result = simulator(ONE, delta_t=delta_t, smooth_unif=smooth_unif, **arguments)
    np.testing.assert_array_equal(result["rts"], simulator(ONE, **arguments)["rts"])
    assert result["metadata"]["method"] == "exact"
    steps = result["rts"].astype(float) / 0.001
    assert np.mean(np.abs(steps - np.round(steps)) < 0.01) < 0.1


def test_fewer_samples_are_the_first_of_more():
    few = simulator(THREE, model="ddm", n_samples=10, random_state=1)
    many = simulator(THREE, model="ddm", n_samples=100, random_state=1)
    np.testing.assert_array_equal(few["rts"], many["rts"][:10])


def test_non_decision_time_shifts():
    early = simulator({**ONE, "t": 0.0}, model="ddm", random_state=1)["rts"]
    late = simulator({**ONE, "t": 1.0}, model="ddm", random_state=1)["rts"]
    np.testing.assert_allclose(late - early, 1.0, rtol=1e-5)


def test_normal_non_decision_times_below_zero_are_legitimate():
    theta = {**ONE, "a": 0.3, "t": 0.25, "st": 0.25}
    result = simulator(theta, model="ddm_normal_st", n_samples=5000, random_state=1)
    assert (result["rts"] < 0).any()
    assert (result["rts"] != OMISSION_SENTINEL).all()
    below = (result["rts"] < 0).sum()
    assert result["binned_128"].sum() == 5000 - below
