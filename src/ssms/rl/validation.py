"""Checks of observed data, which report all mistakes and not only the first."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ssms import OMISSION_SENTINEL
from ssms.errors import ParameterError

if TYPE_CHECKING:
    import pandas as pd

    from ssms.rl.config import ModelConfig

__all__ = [
    "MISSING_RESPONSE_SENTINEL",
    "DataValidationIssue",
    "DataValidationReport",
    "validate_rlssm_data",
]

MISSING_RESPONSE_SENTINEL = -999
PARTICIPANT_COL = "participant_id"
TRIAL_COL = "trial_id"
RT_COL = "rt"
RESPONSE_COL = "response"
MAX_LISTED = 10


def import_pandas() -> Any:
    """Return pandas.

    Raises
    ------
    ImportError
        If it is not installed; the message says how to install it.
    """
    try:
        import pandas
    except ModuleNotFoundError as error:
        if error.name != "pandas":
            raise
        raise ImportError(
            "pandas is not installed, and data of ssms.rl are DataFrames; install it with "
            'pip install "ssm-simulators[rl]"'
        ) from error
    return pandas


@dataclass
class DataValidationIssue:
    """A mistake in data.

    Attributes
    ----------
    level : {"error", "warning"}
        Whether the data cannot be used.
    code : str
        Kind of mistake, ``"missing_column"`` for instance.
    message : str
        The mistake in words.
    hint : str or None
        A remedy.

    Examples
    --------
    >>> DataValidationIssue("error", "missing_column", "No column 'rt'.").level
    'error'
    """

    level: Literal["error", "warning"]
    code: str
    message: str
    hint: str | None = None


@dataclass
class DataValidationReport:
    """All mistakes in data.

    Attributes
    ----------
    issues : list of DataValidationIssue
        In the order in which they were found.
    n_participants, n_trials : int or None
        Participants, and trials of each, if all have as many.

    Examples
    --------
    >>> report = DataValidationReport([DataValidationIssue("error", "empty_data", "No rows.")])
    >>> report.ok
    False
    >>> report.print()
    RLSSM data validation report:
      [ERROR] empty_data: No rows.
    """

    issues: list[DataValidationIssue] = field(default_factory=list)
    n_participants: int | None = None
    n_trials: int | None = None

    @property
    def ok(self) -> bool:
        """Whether there are no errors; there may be warnings."""
        return not self._errors()

    def __str__(self) -> str:
        lines = ["RLSSM data validation report:"]
        for issue in self.issues:
            lines.append(f"  [{issue.level.upper()}] {issue.code}: {issue.message}")
            if issue.hint:
                lines.append(f"         hint: {issue.hint}")
        if not self.issues:
            lines.append("  nothing is wrong")
        if self.n_participants is not None:
            lines.append(
                f"  panel shape: participants={self.n_participants}, "
                f"trials_per_participant={self.n_trials}"
            )
        return "\n".join(lines)

    def print(self) -> None:
        """Print all issues, and the numbers of participants and trials."""
        print(self)

    def raise_for_errors(self) -> None:
        """Raise if there are errors.

        Raises
        ------
        ParameterError
            Names the code, message and hint of every error.
        """
        lines = []
        for issue in self._errors():
            lines.append(f"{issue.code}: {issue.message}")
            if issue.hint and f"hint: {issue.hint}" not in lines:
                lines.append(f"hint: {issue.hint}")
        if lines:
            raise ParameterError("\n".join(lines))

    def _errors(self) -> list[DataValidationIssue]:
        return [issue for issue in self.issues if issue.level == "error"]

    def error(self, code: str, message: str, hint: str | None = None) -> None:
        """Add an error.

        Parameters
        ----------
        code : str
            Short name of the fault.
        message : str
            The fault.
        hint : str
            Advice.
        """
        self.issues.append(DataValidationIssue("error", code, message, hint))


def validate_rlssm_data(config: ModelConfig, data: pd.DataFrame) -> DataValidationReport:
    """Return all mistakes in observed data (see `ModelConfig.validate_data`).

    Errors have the codes ``invalid_type``, ``empty_data``, ``missing_column``,
    ``null_participant_id``, ``interleaved_participants``, ``unbalanced_panel``,
    ``missing_values``, ``omission_rt``, ``omission_response``, ``invalid_response_dtype``,
    ``invalid_response_labels``, ``unmapped_response_labels``, ``invalid_rt_dtype``,
    ``invalid_rt``, ``non_positive_rt`` and ``invalid_context``, and one warning has the code
    ``extra_columns``.

    Parameters
    ----------
    config : ModelConfig
        The model.
    data : DataFrame
        A row for each trial, in the order of trials, the rows of a participant together.

    Returns
    -------
    DataValidationReport

    Examples
    --------
    >>> import pandas as pd, ssms
    >>> data = pd.DataFrame({"participant_id": [0], "rt": [-0.5], "response": [1]})
    >>> report = validate_rlssm_data(ssms.rl.preset.get("2AB_RW_DDM"), data)
    >>> [issue.code for issue in report.issues]
    ['missing_column']
    """
    pd = import_pandas()
    report = DataValidationReport()
    if not isinstance(data, pd.DataFrame):
        report.error("invalid_type", f"data must be a pandas DataFrame, got {type(data).__name__}.")
    elif not len(data):
        report.error("empty_data", "data must contain at least one trial.")
    else:
        _check_columns(config, data, report)
        if report.ok:
            _check_participants(data, report)
            _check_missing(config, data, report)
            _check_omissions(data, report)
            _check_responses(config, data, report)
            if RT_COL in config.response:
                _check_times(data, report)
            _check_context(config, data, report)
    return report


def _required(config: ModelConfig) -> list[str]:
    fields = [PARTICIPANT_COL, *config.response, *(config.context_fields or ())]
    return list(dict.fromkeys(fields))


def _check_columns(config: ModelConfig, data: pd.DataFrame, report: DataValidationReport) -> None:
    required = _required(config)
    hint = f"Expected columns include: {required}."
    for name in required:
        if name not in data.columns:
            report.error("missing_column", f"Required column {name!r} is missing.", hint)
    extra = sorted(str(name) for name in data.columns if name not in required)
    if extra and report.ok:
        message = f"data has extra columns not required by this model: {extra}."
        report.issues.append(DataValidationIssue("warning", "extra_columns", message))


def _check_participants(data: pd.DataFrame, report: DataValidationReport) -> None:
    ids = data[PARTICIPANT_COL]
    n_null = int(ids.isna().sum())
    if n_null:
        report.error(
            "null_participant_id",
            f"Column {PARTICIPANT_COL!r} contains {n_null} missing value(s). All rows must have a "
            "valid participant identifier.",
        )
        return
    codes = ids.factorize()[0]
    if 1 + np.count_nonzero(np.diff(codes)) > codes.max() + 1:
        report.error(
            "interleaved_participants",
            "The rows of each participant must be together, in the order of trials.",
            f'Sort the data with data.sort_values(["{PARTICIPANT_COL}", "{TRIAL_COL}"]).',
        )
    counts = ids.value_counts(sort=False)
    if counts.nunique() > 1:
        shown = {key: int(count) for key, count in counts.head(MAX_LISTED).items()}
        report.error(
            "unbalanced_panel",
            "data must form a balanced panel: all participants must have the same number of "
            f"trials. Observed trial counts: {shown}{', ...' * (len(counts) > MAX_LISTED)}.",
            "Filter or pad participants so that every participant has the same number of trials.",
        )
        return
    report.n_participants, report.n_trials = len(counts), int(counts.iloc[0])


def _check_missing(config: ModelConfig, data: pd.DataFrame, report: DataValidationReport) -> None:
    for name in _required(config):
        n_missing = int(data[name].isna().sum())
        if n_missing:
            report.error(
                "missing_values",
                f"Column {name!r} contains {n_missing} missing value(s).",
                "Drop or impute missing values before validation.",
            )


def _check_omissions(data: pd.DataFrame, report: DataValidationReport) -> None:
    for name, sentinel in ((RT_COL, OMISSION_SENTINEL), (RESPONSE_COL, MISSING_RESPONSE_SENTINEL)):
        if name in data.columns:
            n_omitted = int((data[name] == sentinel).sum())
            if n_omitted:
                report.error(
                    f"omission_{name}",
                    f"data contains {n_omitted} trial(s) with {name}={sentinel} (omission "
                    "sentinel).",
                    f"Filter omissions with data[data['{name}'] != {sentinel}].",
                )


def _numbers(data: pd.DataFrame, name: str, sentinel: float | None) -> Any:
    """Return the entries of a column that are neither missing nor omitted, or None if no numbers.

    Numbers in a column of objects are numbers; text is not a number.
    """
    column = data[name][data[name].notna()]
    if sentinel is not None:
        column = column[column != sentinel]
    numeric = getattr(column.dtype, "kind", "O") in "fiub"
    numbers = int | float | np.number | np.bool_
    if not numeric and not all(isinstance(value, numbers) for value in column):
        return None
    return column.to_numpy(dtype=np.float64)


def _check_responses(config: ModelConfig, data: pd.DataFrame, report: DataValidationReport) -> None:
    values = _numbers(data, RESPONSE_COL, MISSING_RESPONSE_SENTINEL)
    hint = "Use the response labels of the task environment."
    if values is None:
        report.error(
            "invalid_response_dtype", "response contains values that are not numbers.", hint
        )
        return
    whole = np.isfinite(values) & (values == np.floor(values))
    if not whole.all():
        report.error(
            "invalid_response_labels",
            f"response labels must be whole numbers, got {_some(values[~whole])}.",
            hint,
        )
        return
    choices, actions = tuple(config.choices or ()), config.resolved_response_to_choice
    foreign = values[~np.isin(values, choices)]
    if foreign.size:
        report.error(
            "invalid_response_labels",
            f"response contains values outside config.choices={choices}: {_some(foreign)}.",
            hint,
        )
    unmapped = values[~np.isin(values, list(actions))]
    if unmapped.size:
        report.error(
            "unmapped_response_labels",
            f"response contains values not covered by response_to_choice: {_some(unmapped)}.",
            "Set response_to_choice, or the response labels of the task environment, to the "
            "labels of the data.",
        )


def _some(values: Any) -> list[Any]:
    distinct = sorted({float(value) for value in values})[:MAX_LISTED]
    return [int(value) if value == value // 1 else value for value in distinct]


def _check_times(data: pd.DataFrame, report: DataValidationReport) -> None:
    values = _numbers(data, RT_COL, OMISSION_SENTINEL)
    if values is None:
        report.error("invalid_rt_dtype", "rt contains values that are not numbers.")
    elif not np.isfinite(values).all():
        report.error("invalid_rt", "rt contains values that are not finite.")
    elif (values <= 0).any():
        report.error(
            "non_positive_rt",
            f"rt must be positive (seconds), got {_some(values[values <= 0])}.",
            "Remove trials with invalid response times.",
        )


def _check_context(config: ModelConfig, data: pd.DataFrame, report: DataValidationReport) -> None:
    for name in config.context_fields or ():
        values = _numbers(data, name, None)
        if name != RT_COL and (values is None or not np.isfinite(values).all()):
            report.error(
                "invalid_context",
                f"Column {name!r} contains values that are not finite numbers.",
            )
