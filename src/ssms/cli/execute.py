"""Carrying out a plan: a run is claimed or begun, tracked, made, recorded and summed up."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import time
from pathlib import Path
from typing import Any

from ssms import tracking
from ssms.cli.console import Console
from ssms.cli.options import UsageError
from ssms.cli.plan import Plan, record_content
from ssms.cli.progress import start_progress
from ssms.cli.record import RunRecord, claim, live_twins
from ssms.cli.report_tracking import log_end, log_figure, log_file, log_start
from ssms.cli.resume import resume_mlflow_run
from ssms.cli.run import FileReport, make_files
from ssms.cli.signals import ending_signals
from ssms.cli.summary import UNFINISHED, Summary, repeat_command
from ssms.dataset_generators.estimator_builders import create_estimator_builder
from ssms.dataset_generators.lan_mlp import TrainingDataGenerator
from ssms.dataset_generators.plain_data import plain_model_config

__all__ = ["execute"]

log = logging.getLogger(__name__)

DONE, TRACKING_INCOMPLETE = 0, 3
SAVE_INTERVAL = 1.0  # seconds between two writings of the record


def execute(plan: Plan, console: Console) -> int:
    """Do what the plan says.

    Parameters
    ----------
    plan : Plan
        Checked.
    console : Console
        Told what happens, and the summary.

    Returns
    -------
    int
        0 done, 3 data complete but tracking incomplete.

    Raises
    ------
    KeyboardInterrupt, Terminated
        On a signal, when the record says so and only whole files are left.
    SsmsError
        If the run failed.
    """
    with ending_signals():
        record = _claim(plan)
        try:
            return _Work(plan, console, record).do()
        finally:
            record.release()


def _claim(plan: Plan) -> RunRecord:
    """Return the run to work on; the one that was asked for, if one was."""
    run_id = plan.tracking.run_id.value
    try:
        if run_id:
            return resume_mlflow_run(plan, run_id)
        return claim(plan.output, record_content(plan), new_run=plan.options.new_run)
    except OSError as error:
        raise UsageError(f"--output cannot be used: {error}") from error


class _Work:
    """One command's work on one run.

    Parameters
    ----------
    plan : Plan
        What is to be done.
    console : Console
        Told about it.
    record : RunRecord
        The run, claimed.
    """

    def __init__(self, plan: Plan, console: Console, record: RunRecord) -> None:
        self.plan = plan
        self.console = console
        self.record = record
        self.generator = TrainingDataGenerator(plan.config, seed=record.content["seed"])
        names = [self.generator.file_name(i) for i in range(plan.options.n_files)]
        self.paths = [plan.folder / name for name in names]
        self.known = {file["name"]: FileReport(**file) for file in record.content["files"]}
        self.tracked = set(self.known) if record.content["tracking"].get("run_id") else set()
        self.reports: list[FileReport] = []
        self.made: list[FileReport] = []
        self.saved = time.perf_counter()
        self.run: tracking.Run = tracking.NoRun()
        self.twins: list[str] = []
        record.content["repeat"] = repeat_command(plan.options, self.generator.seed)

    @property
    def missing(self) -> list[Path]:
        """Files of the run that are still to be made."""
        return [path for path in self.paths if not path.exists()]

    def do(self) -> int:
        """Make the run complete, and say how that went."""
        done = self.record.resumed and self.record.complete
        if done and not self.missing and not self._is_unsent():
            return self._conclude("nothing to do")
        opened = False
        self._save("running")
        try:
            with self._open_tracking() as self.run:
                opened = True
                self._announce()
                self._track_start()
                self._make_what_is_missing()
                self._save("complete")
                log_end(self.run, self.record, self.plan.folder, self.plan.output, self.reports)
        except (KeyboardInterrupt, tracking.Terminated):
            self._close("interrupted", opened)
            raise
        except tracking.TrackingError as error:
            if opened or self.missing or not self.record.resumed:
                self._close("failed", opened)
                raise
            log.error("%s", error)  # nothing is lost: there was nothing to do but to send
            self._save("complete", complete=False)
            return self._conclude("complete")
        except BaseException:
            self._close("failed", opened)
            raise
        self._save("complete", complete=self.run.complete)
        return self._conclude("complete")

    def _is_unsent(self) -> bool:
        """Whether the store lacks what this command asks for: MLflow was missing, say."""
        if not self.plan.tracking.enabled:
            return False
        uploaded = all(report.uploaded for report in self.known.values())
        without_data = bool(self.plan.tracking.log_data.value) and not uploaded
        return not self.record.content["tracking"].get("run_id") or without_data

    def _announce(self) -> None:
        """Say what is about to be made."""
        pipeline = self.generator.generator_config["pipeline"]
        verb = "Going on with run" if self.record.resumed else "Run"
        self.console.say(
            f"{verb} {self.record.name}: {len(self.missing)} of {len(self.paths)} files to make, "
            f"{pipeline['n_parameter_sets']} parameter sets each, model "
            f"{self.plan.settings.model}, seed {self.generator.seed}, "
            f"{pipeline['n_cpus']} {'thread' if pipeline['n_cpus'] == 1 else 'threads'}"
        )
        if self.plan.settings.seed is not None:
            self.twins = live_twins(self.record, self.plan.output)
        for other in self.twins:
            log.warning(
                "run %s, of the same settings and seed, is live: both make the same files; "
                "leave --seed away to get others",
                other,
            )

    def _open_tracking(self) -> tracking.RunContext:
        known = self.record.content["tracking"].get("run_id")
        model = self.plan.settings.model
        return tracking.run(
            self.plan.tracking,
            name=tracking.readable_run_name(model),
            run_id=known,
            tags=tracking.system_tags("datagen")
            | self.plan.tracking.tags.value  # a user's slurm_job_id wins
            | {"ssms_run": self.record.name},
            journal=self.record.journal,
        )

    def _track_start(self) -> None:
        tracked = self.record.content["tracking"]
        begun = tracked.get("begun", False)
        self._save("running", run_id=self.run.run_id, url=self.run.url, complete=False)
        if not begun:
            log_start(self.run, self.plan.settings, self.record, self._facts())
            self._save("running", begun=True)

    def _facts(self) -> dict[str, Any]:
        generator = self.generator
        builder = create_estimator_builder(generator.generator_config, generator.model_config)
        return {
            "estimator_type": type(builder).__name__,
            "method": _sampling_method(generator),
            "n_cpus": generator.generator_config["pipeline"]["n_cpus"],
            "data_config": generator.generator_config,
            "model_config": plain_model_config(generator.model_config),
        }

    def _make_what_is_missing(self) -> None:
        self.plan.folder.mkdir(parents=True, exist_ok=True)
        if self.record.resumed and not self.twins:
            self._remove_fragments()
        progress = start_progress(
            len(self.missing),
            self.generator.generator_config["pipeline"]["n_parameter_sets"],
            self.console.progress_stream,
            self.console.quiet,
        )
        try:
            for report in make_files(self.generator, self.paths, self.known, progress, self._made):
                # What ends the run on the way to the store must find the file untracked.
                self.reports.append(self._track_file(report))
                self._save_now_and_then()
        finally:
            progress.close()

    def _remove_fragments(self) -> None:
        """Remove what a killed process left of files that it had not finished."""
        for path in (self.record.path, *self.missing):
            for fragment in path.parent.glob(f".{path.name}.*.tmp"):
                fragment.unlink(missing_ok=True)

    def _made(self, report: FileReport, data: dict[str, Any]) -> None:
        """Note a new file; the first one is drawn."""
        if not self.made:
            log_figure(self.run, data)
        self.made.append(report)

    def _track_file(self, report: FileReport) -> FileReport:
        """Send what the store lacks of a file."""
        if report.name not in self.tracked:
            log_file(self.run, report)
        if self.run.run_id and self.plan.tracking.log_data.value and not report.uploaded:
            self.run.log_artifact(self.plan.folder / report.name, "training_data")
            report = dataclasses.replace(report, uploaded=True)
        return report

    def _save_now_and_then(self) -> None:
        if time.perf_counter() - self.saved > SAVE_INTERVAL:
            self._save("running")

    def _save(self, state: str, **tracked: Any) -> None:
        self.saved = time.perf_counter()
        self.record.save(
            state=state,
            files=[dataclasses.asdict(report) for report in self._all_reports()],
            tracking={**self.record.content["tracking"], **tracked},
        )

    def _all_reports(self) -> list[FileReport]:
        """Return what is known of each file, whoever made it, in the order of the files."""
        reports = self.known | {report.name: report for report in self.reports}
        return sorted(reports.values(), key=lambda report: report.index)

    def _close(self, state: str, opened: bool) -> None:
        """Leave a true record behind; none, if nothing was begun."""
        if not opened and not self.record.resumed:
            self.record.discard()
            return
        # What ended the run, a full disk perhaps, is told by the caller, whatever fails here.
        try:
            self._save(state, complete=self.run.complete)
        except OSError as error:
            log.warning("the record %s does not say how the run ended: %s", self.record.path, error)
        if opened:
            with contextlib.suppress(OSError):
                self._conclude(state)

    def _conclude(self, state: str) -> int:
        summary = self._summary(state)
        self.console.conclude(summary.text(), summary.as_dict())
        tracked = self.record.content["tracking"]
        return DONE if tracked.get("complete", True) else TRACKING_INCOMPLETE

    def _summary(self, state: str) -> Summary:
        tracked = self.record.content["tracking"]
        repeat = self.record.content["repeat"]
        if state in UNFINISHED:
            repeat = repeat_command(self.plan.options, self.generator.seed, go_on=True)
        return Summary(
            state=state,
            model=self.plan.settings.model,
            seed=self.generator.seed,
            n_files=len(self.paths),
            files_made=len(self.made),
            files_found=len(self.paths) - len(self.missing) - len(self.made),
            parameter_sets=sum(report.sets for report in self.made),
            rows=sum(report.rows for report in self.made),
            bytes=sum(report.bytes for report in self.made),
            seconds=round(sum(report.seconds or 0.0 for report in self.made), 3),
            folder=str(self.plan.folder),
            record=str(self.record.path),
            repeat=repeat,
            tracking={
                "run_id": tracked.get("run_id"),
                "url": tracked.get("url"),
                "store": tracked["settings"].get("tracking_uri", {}).get("value"),
                "complete": tracked.get("complete"),
            },
        )


def _sampling_method(generator: TrainingDataGenerator) -> str:
    """Return how the simulator draws, as it says itself of one parameter set."""
    from ssms.basic_simulators.simulator import simulator

    model, settings = generator.model_config, generator.generator_config["simulator"]
    theta = dict(zip(model["params"], model["default_params"], strict=True))
    name = generator.generator_config["model"]
    sample = simulator(theta, name, random_state=0, **settings)
    return str(sample["metadata"]["method"])
