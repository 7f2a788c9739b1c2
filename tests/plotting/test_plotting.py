"""Figures of results: what they draw is what the results and the laws hold."""

import pickle
import sys

import numpy as np
import pytest

import ssms
from ssms import Simulator, densities
from ssms.errors import ConfigError, MissingPackageError, ParameterError, ParameterTypeError
from ssms.plotting import plot_paths, plot_responses

plt = pytest.importorskip("matplotlib.pyplot")

DDM = {"v": 0.5, "a": 1.2, "z": 0.45, "t": 0.3}
THREE = DDM | {"v": [0.0, 1.0, 2.0]}


@pytest.fixture(autouse=True)
def figures_are_closed():
    plt.switch_backend("Agg")
    yield
    plt.close("all")


def legend(axis):
    return [text.get_text() for text in axis.get_legend().texts]


def histograms(axis):
    return [patch.get_data() for patch in axis.patches]


def areas(axis):
    return [float(values @ np.diff(edges)) for values, edges, _ in histograms(axis)]


def curves(axis):
    return [line.get_xydata().T for line in axis.lines if len(line.get_xdata())]


# ---- response times ------------------------------------------------------------------------------


@pytest.mark.parametrize("bins", [None, 7])
@pytest.mark.parametrize(
    ("model", "more"),
    [("ddm", {}), ("angle", {"theta": 0.1}), ("ddm_deadline", {"deadline": 1.0})],
)
def test_areas_are_the_shares_of_the_choices(model, more, bins):
    results = ssms.simulate(model, DDM | more, 2000, seed=1, max_t=1.2)
    axis = results.plot(bins=bins)
    shares = [((results.choice == c) & ~results.omitted).mean() for c in (-1, 1)]
    omitted = results.omitted.mean()
    assert 0.1 < omitted < 0.9
    np.testing.assert_allclose(areas(axis), shares, atol=1e-12)
    assert sum(areas(axis)) == pytest.approx(1.0 - omitted)
    texts = [f"choice -1: {shares[0]:.1%}", f"choice 1: {shares[1]:.1%}", f"omitted: {omitted:.1%}"]
    assert legend(axis) == [*texts, "exact density"]
    if bins:
        assert [len(values) for values, _, _ in histograms(axis)] == [bins + 1] * 2


@pytest.mark.parametrize(
    ("model", "more"),
    [
        ("ddm", {}),
        ("ddm", {"s": 0.8}),
        ("weibull", {"alpha": 3.0, "beta": 3.0}),
        ("ddm_deadline", {"deadline": 1.0}),
        ("full_ddm", {"sz": 0.1, "sv": 0.3, "st": 0.1}),
    ],
)
def test_the_curves_are_the_exact_densities(model, more):
    axis = ssms.simulate(model, DDM | more, 500, seed=1, max_t=2.0).plot()
    for (times, drawn), choice in zip(curves(axis), (-1, 1), strict=True):
        expected = np.exp(densities.logpdf(model, DDM | more, times, choice, max_t=2.0))
        np.testing.assert_array_equal(drawn, expected)
        assert times[0] == 0.0
        assert times[-1] == axis.get_xlim()[1]


def test_the_noise_of_a_call_is_in_the_density():
    axis = Simulator("ddm").simulate(DDM, 500, sigma_noise=0.5, random_state=1).plot()
    times, drawn = curves(axis)[1]
    expected = densities.logpdf("ddm", DDM, times, 1, sigma_noise=0.5)
    np.testing.assert_array_equal(drawn, np.exp(expected))


def test_a_function_of_the_users_own_and_transforms_have_their_density():
    own = Simulator("ddm", boundary=lambda t, a, k: a / (1 + k * t), boundary_params=["a", "k"])
    times, drawn = curves(own.simulate(DDM | {"k": 0.5}, 500, random_state=1).plot())[1]
    expected = np.exp(densities.logpdf(own, DDM | {"k": 0.5}, times, 1))
    np.testing.assert_array_equal(drawn, expected)
    theta = ssms.model("lba3").defaults  # which is renamed before it is simulated
    times, drawn = curves(ssms.simulate("lba3", theta, 500, seed=1).plot())[2]
    np.testing.assert_array_equal(drawn, np.exp(densities.logpdf("lba3", theta, times, 2)))


def test_each_trial_has_axes_and_its_parameters_as_title():
    results = ssms.simulate("ddm", THREE, 500, seed=1)
    axes = results.plot()
    assert axes.shape == (3,)
    assert [a.get_title() for a in axes] == [f"v={v}, a=1.2, z=0.45, t=0.3" for v in (0, 1, 2)]
    assert len({a.get_ylim() for a in axes}) == 1
    for trial, axis in enumerate(axes):
        assert areas(axis)[1] == pytest.approx((results.choice[:, trial] == 1).mean())
        times, drawn = curves(axis)[0]
        expected = densities.logpdf("ddm", DDM | {"v": float(trial)}, times, -1)
        np.testing.assert_allclose(drawn, np.exp(expected), rtol=1e-12)
    assert len(axes[0].figure.axes) == 3
    single = results.plot(trial=0)
    assert single.get_title() == axes[0].get_title()
    assert [a.get_title()[:3] for a in results.plot(trial=[2, 1])] == ["v=2", "v=1"]


@pytest.mark.parametrize(("n_trials", "n_samples"), [(5, 1), (13, 40)])
def test_many_trials_and_single_samples_are_pooled(n_trials, n_samples):
    v = np.linspace(-1.0, 2.0, n_trials)
    results = ssms.simulate("ddm", DDM | {"v": v}, n_samples, seed=1)
    axis = results.plot()
    assert axis.get_title() == f"{n_trials} trials pooled"
    assert sum(areas(axis)) == pytest.approx(1.0)
    times, drawn = curves(axis)[1]
    sets = DDM | {"v": v[:, None].ravel()}
    expected = np.exp(densities.logpdf("ddm", sets, times[None], np.array([[1]]))).mean(0)
    np.testing.assert_allclose(drawn, expected, rtol=1e-12)


def test_axes_that_are_given_are_drawn_in():
    results = ssms.simulate("ddm", THREE, 100, seed=1)
    _, given = plt.subplots(1, 3)
    assert results.plot(ax=given).tolist() == given.tolist()
    assert plot_responses(results, trial=1, ax=given[0]) is given[0]
    with pytest.raises(ParameterError, match="ax must be as many axes as trials are drawn, 3"):
        results.plot(ax=given[0])


def test_models_without_a_density_are_drawn_without():
    theta = ssms.model("lca_3").defaults
    results = ssms.simulate("lca_3", theta, 100, seed=1)
    assert curves(results.plot()) == []
    assert len(areas(results.plot(density=False))) == 3
    with pytest.raises(ConfigError, match=r"'lca_3'.*no density"):
        results.plot(density=True)


def test_choices_without_response_times_are_bars():
    theta = {"beta": 1.0, "q0": 0.5, "q1": 0.0, "q2": -0.5}
    results = ssms.simulate("inv_temp_softmax_3", theta, 500, seed=1)
    axis = results.plot()
    heights = [bar.get_height() for bar in axis.patches]
    assert heights == [(results.choice == c).mean() for c in (0, 1, 2)]
    exact = np.exp([0.5, 0.0, -0.5])
    np.testing.assert_allclose(curves(axis)[0][1], exact / exact.sum())
    assert [tick.get_text() for tick in axis.get_xticklabels()] == ["0", "1", "2"]


def test_gaze_of_each_trial_is_in_its_density():
    theta = {"eta": 0.3, "kappa": 0.6, "a": 1.2, "b": 0.3, "x0": -0.2, "t": 0.1}
    fields = {
        "r1": np.array([4.0, 1.0]),
        "r2": np.array([1.0, 3.0]),
        "flag": np.array([0, 1]),
        "sacc_array": np.array([[0.0, 0.3], [0.0, 0.5]]),
        "d": np.array([2, 2]),
    }
    two = {name: [value] * 2 for name, value in theta.items()}
    results = Simulator("addm").simulate(two, 100, extra_fields=fields, random_state=1)
    for trial in (0, 1):
        times, drawn = curves(results.plot(trial=trial))[1]
        one = {name: value[[trial]] for name, value in fields.items()}
        expected = densities.logpdf("addm", theta, times, 1, extra_fields=one)
        np.testing.assert_allclose(drawn, np.exp(expected), rtol=1e-12)
        results.plot_paths(trial=trial, n_paths=2)


def test_pickled_results_and_functions_are_drawn_without_a_density():
    results = ssms.simulate("ddm", THREE, 100, seed=1)
    assert results.copy().source is results.source
    again = pickle.loads(pickle.dumps(results))
    axes = again.plot()
    assert [a.get_title() for a in axes] == ["trial 0", "trial 1", "trial 2"]
    assert curves(axes[0]) == []
    for call in (lambda: again.plot(density=True), again.plot_paths):
        with pytest.raises(ConfigError, match="model of these results is not known"):
            call()

    def simulate(v, n_samples, n_trials, max_t, delta_t, random_state):
        shape = (n_samples, n_trials, 1)
        return {"rts": np.full(shape, 0.5), "choices": np.zeros(shape, int)}

    own = Simulator(simulator_function=simulate, params=["v"], nchoices=1)
    axis = own.simulate({"v": 1.0}, 100).plot()
    assert areas(axis) == [pytest.approx(1.0)]
    assert curves(axis) == []


def test_no_noise_invalid_trials_and_omissions_only():
    still = ssms.simulate("ddm", DDM, 50, seed=1, no_noise=True)
    assert sum(areas(still.plot())) == pytest.approx(1.0)
    with pytest.warns(UserWarning, match="1 of 3 trials"):
        some = ssms.simulate("ddm", THREE | {"a": [1.0, -1.0, 1.0]}, 50, seed=1, on_invalid="omit")
    axes = some.plot()
    assert areas(axes[1]) == [0.0, 0.0]
    assert "omitted: 100.0%" in legend(axes[1])
    assert not curves(axes[1])[0][1].any()
    none = ssms.simulate("ddm", DDM | {"a": 50.0}, 50, seed=1, max_t=0.1)
    assert areas(none.plot()) == [0.0, 0.0]


@pytest.mark.parametrize("n_samples", [1, 2, 10, 100])
def test_few_samples_make_no_spike(n_samples):
    axis = ssms.simulate("ddm", DDM, n_samples, seed=1).plot(density=False)
    assert sum(areas(axis)) == pytest.approx(1.0)
    widths = np.diff(histograms(axis)[0][1])
    assert widths[-1] >= widths[0] * (1.0 - 1e-9)


def test_response_times_may_be_negative_or_zero():
    theta = ssms.model("ddm_normal_st").defaults | {"t": 0.0, "st": 0.3}
    results = ssms.simulate("ddm_normal_st", theta, 1000, seed=1)
    axis = results.plot()
    assert results.rt.min() < 0.0
    assert sum(areas(axis)) == pytest.approx(1.0)
    assert axis.get_xlim()[0] == results.rt.min()
    at_once = ssms.simulate("ddm", DDM | {"z": 1.0, "t": 0.0}, 20, seed=1)
    assert sum(areas(at_once.plot())) == pytest.approx(1.0)


def test_metadata_that_would_be_too_long_are_not_made():
    results = ssms.simulate("ddm", DDM, 50, seed=1, delta_t=1e-7)
    assert sum(areas(results.plot())) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"trial": 3}, ParameterError, "trial must be an integer from 0 to 2, got 3"),
        ({"trial": -1}, ParameterError, "trial must be"),
        ({"trial": "a"}, ParameterTypeError, "trial must be"),
        ({"trial": []}, ConfigError, "no trial"),
        ({"bins": 0}, ParameterError, "bins must be"),
        ({"bins": 2.5}, ParameterError, "bins must be"),
        ({"bins": [1.0, 0.5]}, ParameterError, "bins must be"),
        ({"density": "yes"}, ParameterTypeError, "density must be"),
    ],
)
def test_options_are_checked(options, error, words):
    results = ssms.simulate("ddm", THREE, 10, seed=1)
    with pytest.raises(error, match=words):
        results.plot(**options)
    assert not plt.get_fignums()


# ---- paths ---------------------------------------------------------------------------------------


def test_paths_run_from_the_start_to_a_boundary():
    results = ssms.simulate("angle", DDM | {"theta": 0.2}, 10, seed=5, delta_t=1e-3)
    axis = results.plot_paths(n_paths=6)
    upper, lower = curves(axis)[-2:]
    np.testing.assert_allclose(
        upper[1], np.float32(1.2 - np.tan(0.2) * (upper[0] - 0.3)), atol=1e-6
    )
    np.testing.assert_array_equal(lower, upper * [[1], [-1]])
    paths = curves(axis)[0:-2:2]
    assert len(paths) == 6
    for times, evidence in paths:
        assert times[0] == pytest.approx(0.3)
        assert evidence[0] == pytest.approx(1.2 * (2 * 0.45 - 1))
        edge = np.interp(times, *upper)
        step = 1e-3 * np.tan(0.2)  # by which the boundary moves between two points of the path
        assert (np.abs(evidence) < edge + step).all()
        assert abs(evidence[-1]) == pytest.approx(edge[-1], abs=2 * step)
    assert {"boundary", "non-decision time"} < set(legend(axis))
    assert axis.get_xlim() == (0.0, max(times[-1] for times, _ in paths))
    again = plot_paths(results, n_paths=1, ax=axis)
    assert again is axis


@pytest.mark.parametrize(
    ("model", "n_lines", "name"),
    [
        ("race_4", 4, "accumulator of choice 3"),
        ("lca_3", 3, "accumulator of choice 0"),
        ("lba3", 3, "accumulator of choice 1"),
        ("ddm_seq2", 2, "high-level decision"),
        ("ddm_par2", 2, "high-level decision"),
        ("levy", 10, "choice 1"),
    ],
)
def test_paths_of_every_kind(model, n_lines, name):
    results = ssms.simulate(model, ssms.model(model).defaults, 1, seed=3)
    axis = results.plot_paths()
    assert name in legend(axis)
    colored = [line for line in axis.lines if line.get_alpha() == 0.7]
    assert len(colored) == n_lines
    edges = [line for line in axis.lines if line.get_color() == "black"]
    assert len(edges) == (1 if model in ("race_4", "lca_3", "lba3") else 2)


def test_samples_without_a_response_are_grey():
    results = ssms.simulate("ddm", DDM | {"a": 3.0}, 1, seed=1, max_t=0.2)
    axis = results.plot_paths(n_paths=2)
    assert "omitted" in legend(axis)
    assert axis.get_xlim()[1] == pytest.approx(0.5, abs=0.0011)  # a step of the grid


@pytest.mark.parametrize("model", ["poisson_race", "inv_temp_softmax_2"])
def test_models_without_paths_say_so(model):
    results = ssms.simulate(model, ssms.model(model).defaults, 1, seed=1)
    with pytest.raises(ConfigError, match=f"{model!r} has no paths"):
        results.plot_paths()


def test_options_of_paths_are_checked():
    results = ssms.simulate("ddm", DDM, 1, seed=1)
    with pytest.raises(ParameterError, match="n_paths must be"):
        results.plot_paths(n_paths=0)
    with pytest.raises(ParameterError, match="trial must be an integer from 0 to 0"):
        results.plot_paths(trial=1)


# ---- without matplotlib --------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["plot", "plot_paths"])
def test_without_matplotlib_the_message_names_the_extra(method, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    results = ssms.simulate("ddm", DDM, 10, seed=1)
    with pytest.raises(MissingPackageError, match=r"matplotlib is not installed.*\[plot\]"):
        getattr(results, method)()
