"""The one table of settings.

A row holds the name, the allowed values, the sources and the meaning of a setting.
From the rows come the parser and ``--help`` of ``ssms-generate``, the keys of the YAML file and
their errors, the notes of ``--init-config``, the table in the docs, and ``--dry-run``.  Defaults of
the generator configuration have their home in `ssms.config.get_default_generator_config`.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from types import MappingProxyType
from typing import Any

from ssms.checks import MAX_COUNT
from ssms.settings import checks
from ssms.settings.checks import NotAllowed

__all__ = ["ESTIMATORS", "FILTERS", "GROUPS", "LOG_LEVELS", "ROWS", "Row", "markdown", "rows_of"]

#: Estimator types by name, with a description of each.
ESTIMATORS = {
    "kde": "kernel density estimate from simulated log response times",
    "exact": "from the law of the model",
    "auto": "exact where ssms.densities has the law, else kde",
    "pyddm": "PyDDM's solution, for one diffusion between two boundaries (extra pyddm)",
}
#: Simulation filters by name: a parameter set is drawn again if, for any choice, ...
FILTERS = {
    "mode": "the most frequent response time is above this (s)",
    "choice_cnt": "there are fewer responses than this",
    "mean_rt": "the mean response time is above this (s)",
    "std": "the standard deviation of response times is below this (s)",
    "mode_cnt_rel": "the most frequent response time has a larger share than this",
}
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
MAX_FILES = 1_000_000  # every file has a line in the record of its run
MAX_BINS = 1_000_000
MAX_WAIT = 1e6  # seconds


@dataclass(frozen=True)
class Row:
    """One setting.

    Attributes
    ----------
    name : str
        ``section.key``, or ``key`` for settings outside the sections of the YAML file.
    help : str
        Its meaning.
    check : callable
        Returns the value in normal form, or raises `NotAllowed`.
    default : Any
        None where the default has another home, or there is none.
    option, short : str
        On the command line.
    variable : str
        In the environment.
    unit : str
        Of a number.
    yaml : bool
        Whether the configuration file may hold it.
    group : str
        Where ``--help`` lists it; see `GROUPS`.
    kind : type
        How text from the command line is read: int, float, bool (a switch) or str.
    metavar : str
        Its value in ``--help``.
    parser : mapping
        More arguments for argparse.

    Examples
    --------
    >>> ROWS["pipeline.n_cpus"].option, ROWS["pipeline.n_cpus"].parse("2")
    ('--n-cpus', 2)
    """

    name: str
    help: str
    check: Callable[[Any], Any]
    default: Any = None
    option: str = ""
    short: str = ""
    variable: str = ""
    unit: str = ""
    yaml: bool = True
    group: str = ""
    kind: type = str
    metavar: str = ""
    parser: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Its key in the YAML file, without section."""
        return self.name.rpartition(".")[2].upper()

    @property
    def dest(self) -> str:
        """Its attribute among parsed options, and its keyword in Python."""
        return self.option.lstrip("-").replace("-", "_")

    @property
    def note(self) -> str:
        """Its meaning with its unit."""
        return f"{self.help} ({self.unit})" if self.unit else self.help

    def parse(self, given: str) -> Any:
        """Return the value of a text from the command line, checked.

        Parameters
        ----------
        given : str
            The text.

        Returns
        -------
        Any
            The value.

        Raises
        ------
        NotAllowed
            If the text is no such value.
        """
        value: Any = given
        if self.kind in (int, float):
            try:
                value = self.kind(given)
            except ValueError:
                value = None
        return self.check(value)


def _filters(value: Any) -> dict[str, float]:
    allowed, known = "a mapping of filters to limits", checks.one_of(FILTERS)
    found = {} if value is None else checks.mapping(allowed)(value)
    limits = {}
    for key, limit in found.items():
        try:
            limits[known(key)] = checks.number(limit)
        except NotAllowed as error:
            fault = f"its limit {key} must be" if key in FILTERS else "each must be"
            raise NotAllowed(f"{allowed}; {fault} {error}") from None
    return limits


_COUNT = checks.whole(1, MAX_COUNT)
_APPROACH = checks.only("lan", "the approach that makes files")
_IGNORED = checks.mapping("the record of an earlier run")

_DATA = (
    Row("model", "name of the model; NAME_deadline adds the parameter deadline",
        checks.text(what="a name"), option="--model", group="data", metavar="NAME"),
    Row("generator_approach", "purpose of the data: lan, likelihood approximation networks",
        _APPROACH),
    Row("cpn_only", "omit the rows for likelihood networks (lan_data, lan_labels)", checks.flag),
    Row("provenance", "written into files by earlier runs; ignored", _IGNORED),
    Row("pipeline.n_parameter_sets", "parameter sets in each file", _COUNT),
    Row("pipeline.n_parameter_sets_rejected",
        "how often one set may be drawn again because of the filters",
        checks.whole(0, MAX_COUNT)),
    Row("pipeline.n_subruns", "parts in which a file is made; never changes the data",
        _COUNT),
    Row("pipeline.n_cpus", "threads: a number, or 'all' that this process may use (affinity, "
        "cgroup quota, scheduler); never changes the data", checks.threads,
        option="--n-cpus", group="place", metavar="N"),
    Row("pipeline.simulation_filters", "a parameter set is drawn again if, for any choice,",
        _filters),
    Row("pipeline.seed", "whole number from which all randomness derives; without one it is "
        "drawn, printed and recorded", checks.whole(0, checks.MAX_SEED),
        option="--seed", group="data", kind=int, metavar="N"),
    Row("pipeline.parameter_sampler_index_offset",
        "index of the first parameter set, used instead of the seed",
        checks.whole(0, checks.MAX_SEED)),
    Row("estimator.type", "how likelihoods are computed; kde: kernel density estimate from "
        "simulated log response times; exact: from the law of the model; auto: exact where "
        "ssms.densities has the law, else kde; pyddm: solved by PyDDM", checks.one_of(ESTIMATORS),
        option="--estimator-type", short="-e", group="data", metavar="TYPE"),
    Row("estimator.displace_t", "shift response times by -t before the density is estimated "
        "(only for kde)", checks.flag),
    Row("estimator.kde_displace_t", "another spelling of displace_t", checks.flag),
    Row("estimator.pdf_interpolation", "how a density is interpolated (only for pyddm)",
        checks.one_of(("cubic", "linear"))),
    Row("estimator.max_undecided_prob", "a parameter set is drawn again if P(no response by max_t) "
        "is above this (only for pyddm)", checks.share),
    Row("training.n_samples_per_param", "rows for each parameter set", _COUNT),
    Row("training.mixture_probabilities",
        "shares of rows: from the estimate, uniform, with rt below 0", checks.shares),
    Row("training.separate_response_channels", "one column for each choice", checks.flag),
    Row("training.negative_rt_log_likelihood", "label of response times below 0", checks.number),
    Row("simulator.n_samples", "simulated responses for each parameter set", _COUNT),
    Row("simulator.delta_t", "time step", checks.positive(), unit="s"),
    Row("simulator.max_t", "trials without a response by then count as omissions",
        checks.positive(), unit="s"),
    Row("simulator.smooth_unif", "spread response times within their time step", checks.flag),
    Row("simulator.method", "how responses are drawn; auto takes the best that the model allows",
        checks.text(what="a name")),
    Row("simulator.filters", "more simulation filters", _filters),
    Row("output.folder", "folder of the files", checks.path),
    Row("output.nbins", "one more histogram of response times, with this number of bins, if > 0",
        checks.whole(0, MAX_BINS)),
    Row("output.binned", "numbers of bins of the histograms of response times, [128, 256] or "
        "fewer; [] for none", checks.some_of((128, 256))),
    Row("output.pickle_protocol", "version of Python's pickle format",
        checks.whole(0, pickle.HIGHEST_PROTOCOL)),
    Row("output.bin_pointwise", "times are stored, not bins",
        checks.only(False, "times are stored, not bins; use output.nbins")),
)  # fmt: skip

_RUN = (
    Row("config_path", "YAML configuration (default: the packaged one, ddm; print it with "
        "--show-config)", checks.path, option="--config-path", group="data", metavar="FILE",
        yaml=False),
    Row("n_files", "number of files", checks.whole(1, MAX_FILES), 1, yaml=False,
        option="--n-files", short="-n", group="data", kind=int, metavar="N"),
    Row("output", "folder for the data; made if absent (required)", checks.path, yaml=False,
        option="--output", group="place", metavar="DIR"),
    Row("new_run", "start a new run even if the folder holds one that the same command left "
        "unfinished", checks.flag, False, option="--new-run", group="place", kind=bool, yaml=False),
    Row("dry_run", "check everything, show each setting and its source, estimate time and size "
        "from a small sample; write nothing", checks.flag, False, option="--dry-run",
        group="place", kind=bool, yaml=False),
    Row("executor", "where files are made: threads of this process, or a dask cluster",
        checks.one_of(("threads", "dask")), "threads", option="--executor", group="many",
        metavar="NAME", yaml=False),
    Row("dask_scheduler", "address of a running Dask scheduler (tcp://HOST:PORT)",
        checks.text(what="an address"), option="--dask-scheduler", group="many",
        metavar="ADDRESS", yaml=False),
    Row("dask_config", "YAML file that describes a Dask cluster: class, kwargs, and n_workers or "
        "adapt", checks.path, option="--dask-config", group="many", metavar="FILE", yaml=False),
    Row("dask_timeout", "how long to wait for the first Dask worker",
        checks.positive("seconds", MAX_WAIT), 300.0, option="--dask-timeout", group="many",
        kind=float, metavar="SECONDS", unit="s", yaml=False),
    Row("array", "share one run among the tasks of a Slurm, PBS or SGE job array", checks.flag,
        False, option="--array", group="many", kind=bool, yaml=False),
    Row("task", "make share I (from 1) of a run that --of N tasks share",
        checks.whole(1, MAX_FILES),
        option="--task", group="many", kind=int, metavar="I", yaml=False),
    Row("of", "number of tasks that share a run", checks.whole(1, MAX_FILES),
        option="--of", group="many", kind=int, metavar="N", yaml=False),
)  # fmt: skip

_MLFLOW = (
    Row("mlflow.run_name", "name of this run (default: model and time)", checks.text(250),
        option="--mlflow-run-name", metavar="NAME"),
    Row("mlflow.experiment_name", "experiment to file the run under; made if absent",
        checks.text(256), "ssm-simulators", option="--mlflow-experiment-name", metavar="NAME",
        variable="MLFLOW_EXPERIMENT_NAME"),
    Row("mlflow.tracking_uri", "where runs, parameters and metrics are kept: sqlite:///FILE, "
        "http(s)://SERVER, postgresql://..., mysql://...", checks.text(8000),
        "sqlite:///mlflow.db", option="--mlflow-tracking-uri", metavar="URI",
        variable="MLFLOW_TRACKING_URI"),
    Row("mlflow.artifact_location", "where a new experiment keeps its files: a folder, s3://..., "
        "wasbs://..., gs://...; a server may choose it itself", checks.text(8000), "./mlruns",
        option="--mlflow-artifact-location", metavar="URI", variable="MLFLOW_ARTIFACT_LOCATION"),
    Row("mlflow.tags", "tag of the run; repeatable", checks.mapping("a mapping of keys to values"),
        {}, option="--mlflow-tag", metavar="KEY=VALUE", parser={"action": "append"}),
    Row("mlflow.description", "description of the run, shown on its page", checks.text(8000),
        option="--mlflow-description", metavar="TEXT"),
    Row("mlflow.run_id", "resume this run instead of making one", checks.text(250),
        option="--mlflow-run-id", metavar="ID", yaml=False),
    Row("mlflow.log_data", "upload the data files as artifacts too", checks.flag, False,
        option="--mlflow-log-data", kind=bool),
    Row("mlflow.required", "fail, before any work, if mlflow is not installed (otherwise: warn "
        "and go on)", checks.flag, False, option="--mlflow-required", kind=bool),
    Row("mlflow.timeout", "how long to keep trying to reach the store, when a run is opened and "
        "when it ends", checks.positive("seconds", MAX_WAIT), 60.0, option="--mlflow-timeout",
        kind=float, metavar="SECONDS", unit="s"),
)  # fmt: skip

_MESSAGES = (
    Row("log_level", f"one of {', '.join(LOG_LEVELS)}; DEBUG adds the traceback to an error",
        checks.one_of(LOG_LEVELS), "WARNING", option="--log-level", short="-l", group="messages",
        metavar="LEVEL", yaml=False),
    Row("quiet", "no progress and no summary; warnings and errors only", checks.flag, False,
        option="--quiet", group="messages", kind=bool, yaml=False),
    Row("json", "print one machine-readable summary on standard output, all else on standard "
        "error", checks.flag, False, option="--json", group="messages", kind=bool, yaml=False),
    Row("list_models", "list the models whose name matches ('ddm', 'full*'; default: all)",
        checks.text(), option="--list-models", group="show", metavar="PATTERN", yaml=False,
        parser={"nargs": "?", "const": "*"}),
    Row("show_config", "print the configuration that these options give, as YAML for "
        "--config-path", checks.flag, False, option="--show-config", group="show", kind=bool,
        yaml=False),
    Row("init_config", "print a commented configuration for a model", checks.text(),
        option="--init-config", group="show", metavar="MODEL", yaml=False),
    Row("status", "show the runs of an output folder: files made, missing and damaged",
        checks.path, option="--status", group="show", metavar="DIR", yaml=False),
    Row("finish", "with --status: end the MLflow runs of job arrays whose tasks will not come back",
        checks.flag, False, option="--finish", group="messages", kind=bool, yaml=False),
    Row("check", "read every file of an output folder: counts, digests, shapes, finite labels",
        checks.path, option="--check", group="show", metavar="DIR", yaml=False),
    Row("version", "print the version", checks.flag, False, option="--version", group="show",
        kind=bool, yaml=False),
)  # fmt: skip

#: Groups of options, in the order of ``--help``: title and text.
GROUPS = {
    "data": ("what to make", None),
    "place": ("where and how", None),
    "many": ("more than one machine (see docs/cluster.md)", None),
    "mlflow": (
        "MLflow tracking",
        "Any of these turns tracking on; environment variables alone do not.  Needs the extra:\n"
        "  pip install 'ssm-simulators[mlflow]'",
    ),
    "messages": ("messages", None),
    "show": ("show something and exit", None),
}

#: Every setting by name.
ROWS: dict[str, Row] = {
    row.name: row
    for row in (
        *_DATA,
        *_RUN,
        *(replace(row, group="mlflow") for row in _MLFLOW),
        *_MESSAGES,
    )
}


@cache
def rows_of(section: str) -> Mapping[str, Row]:
    """Return the rows of a section by key; "" for rows outside the sections."""
    named = {tuple(name.rpartition(".")[::2]): row for name, row in ROWS.items()}
    return MappingProxyType({key: row for (where, key), row in named.items() if where == section})


def markdown(*, options: bool) -> str:
    """Return the options, or the keys of the YAML file, as a table for the docs.

    Parameters
    ----------
    options : bool
        Whether the table is of options, or of keys.

    Returns
    -------
    str

    Examples
    --------
    >>> markdown(options=True).startswith("|")
    True
    """
    if options:
        lines = ["| option | meaning | environment | key | default |", "|---|---|---|---|---|"]
        for row in (row for row in ROWS.values() if row.option):
            value = f" `{row.metavar}`" if row.metavar else ""
            variable = f"`{row.variable}`" if row.variable else ""
            key = f"`{row.name.upper()}`" if row.yaml else ""
            default = "" if row.default in (None, False, {}) else f"`{row.default}`"
            cells = f"`{row.option}`{value} | {row.note} | {variable} | {key} | {default}"
            lines.append(f"| {cells} |")
        return "\n".join(lines)
    lines = ["| key | meaning |", "|---|---|"]
    lines += [f"| `{row.name.upper()}` | {row.note} |" for row in _DATA if row.yaml]
    return "\n".join(lines)
