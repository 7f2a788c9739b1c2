"""Carrying out a plan: a run is claimed or begun, tracked, made, recorded and summed up."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ssms import tracking
from ssms.dataset_generators.estimator_builders import create_estimator_builder
from ssms.dataset_generators.plain_data import plain_model_config
from ssms.errors import ConfigError, GenerationError
from ssms.runs.arrays import claim_share
from ssms.runs.files import FileReport, Job, found_file
from ssms.runs.parents import end_parent_if_last, parent_of
from ssms.runs.plan import Plan, UsageError, record_content
from ssms.runs.progress import Progress
from ssms.runs.record import RunRecord, claim, live_twins, remove_fragments
from ssms.runs.report import log_end, log_figure, log_file, log_start
from ssms.runs.resume import resume_mlflow_run
from ssms.runs.summary import UNFINISHED, RunSummary, repeat_command
from ssms.text import reason

__all__ = ["Display", "Work", "claim_run", "working"]

log = logging.getLogger(__name__)

SAVE_INTERVAL = 1.0  # seconds between two writings of the record, at least
MAX_SAVE_SHARE = 0.02  # of the time; a record of 10,000 files takes a while to write
MAX_ROUNDS = 3  # how often files that vanish are made again
TRACKED = ("run_id", "run_name", "experiment", "experiment_id", "url")  # of MLflow, in the record


class Display:
    """The place where a run reports its progress; this one is silent.

    Examples
    --------
    >>> Display().progress(2, 10).total
    20
    """

    def say(self, text: str) -> None:
        """Announce the work.

        Parameters
        ----------
        text : str
            The message.
        """

    def progress(self, n_files: int, sets_per_file: int) -> Progress:
        """Return a display of the progress over so many files.

        Parameters
        ----------
        n_files, sets_per_file : int
            The work to be done.

        Returns
        -------
        Progress
        """
        return Progress(n_files, sets_per_file)


def claim_run(plan: Plan) -> RunRecord:
    """Return the run to work on, locked: the one that was asked for, if one was.

    It raises `UsageError` if it cannot be continued, or the folder cannot be used, and
    `TrackingError` if the store of an MLflow run cannot be asked.
    """
    run_id = plan.tracking.run_id.value
    try:
        if run_id:
            return resume_mlflow_run(plan, run_id)
        if plan.share is not None:
            return claim_share(plan.output, record_content(plan), plan.share)
        return claim(plan.output, record_content(plan), new_run=plan.new_run)
    except OSError as error:
        raise UsageError(f"the output folder cannot be used: {reason(error)}") from error
    except UsageError:
        raise
    except ConfigError as error:
        raise UsageError(str(error)) from error


@contextlib.contextmanager
def working(plan: Plan, display: Display | None = None) -> Iterator[Work]:
    """Claim the run of a plan (see `claim_run`), and release it in the end."""
    record = claim_run(plan)
    try:
        yield Work(plan, record, display)
    finally:
        record.release()


class Work:
    """One process's work on one run, which was claimed; `display` shows it."""

    def __init__(self, plan: Plan, record: RunRecord, display: Display | None = None) -> None:
        self.plan = plan
        self.record = record
        self.display = display or Display()
        self.started = time.perf_counter()
        self.job = Job.of(plan.config, record.content["seed"])
        self.generator = self.job.generator
        part = record.content.get("array") or {"task": 1, "of": 1}
        indices = range(part["task"] - 1, plan.n_files, part["of"])
        self.paths = {i: plan.folder / self.generator.file_name(i) for i in indices}
        self.reports = record.reports
        self.made: list[FileReport] = []
        self.sent: list[int] = []  # indices of files, in the order in which the store took them
        self.saved = time.perf_counter()
        self.save_seconds = 0.0
        self.run: tracking.Run = tracking.Run()
        self.twins: list[str] = []
        record.content["repeat"] = repeat_command(plan, self.job.seed)

    def missing(self) -> list[int]:
        """Return the indices of missing files; damaged files are reported."""
        found = []
        for index, path in self.paths.items():
            try:
                size = path.stat().st_size
            except OSError:
                found.append(index)
                continue
            known = self.reports.get(index)
            if known is None or known.name != path.name:
                known = found_file(index, path)
                if known is not None:
                    self.reports[index] = known
            if known is None or known.bytes != size:
                log.warning("the file %s is damaged: it is made again", path)
                found.append(index)
        return found

    def _is_whole(self, index: int, path: Path) -> bool:
        with contextlib.suppress(OSError):
            return index in self.reports and path.stat().st_size == self.reports[index].bytes
        return False

    def do(self) -> RunSummary:
        """Make the run complete, and return its summary.

        On a signal it raises KeyboardInterrupt or Terminated, when the record says so and only
        whole files are left; SsmsError if the run failed.  `summary` lists the files so far.
        """
        todo = self.missing()
        done = self.record.resumed and self.record.complete
        if done and not todo and not self._is_unsent():
            return self.summary("nothing to do")
        opened = False
        try:
            self._save("running")
            with self._open_tracking() as self.run:
                opened = True
                self._announce(len(todo))
                self._track_start()
                self._make(todo)
                if self.run.run_id is not None:
                    self._save("complete")
                    files = self._listed()
                    log_end(self.run, self.record, self.plan.folder, self.plan.output, files)
        except (KeyboardInterrupt, tracking.Terminated):
            self._close("interrupted", opened)
            raise
        except tracking.TrackingError as error:
            if opened or todo or not self.record.resumed:
                self._close("failed", opened)
                raise
            log.error("%s", error)  # nothing is lost: there was nothing to do but to send
            self._save("complete", complete=False)
            return self.summary("complete")
        except BaseException:
            self._close("failed", opened)
            raise
        self._save("complete", complete=self.run.complete)
        end_parent_if_last(self.plan.tracking, self.record, self.plan.output)
        return self.summary("complete")

    @property
    def opened(self) -> bool:
        """Whether the run was begun, so that there is something to sum up."""
        return self.record.path.exists()

    def _is_unsent(self) -> bool:
        """Whether the store lacks something that is asked for: MLflow was missing, say."""
        if not self.plan.tracking.enabled:
            return False
        uploaded = all(report.uploaded for report in self.reports.values())
        without_data = bool(self.plan.tracking.log_data.value) and not uploaded
        return not self.record.content["tracking"].get("run_id") or without_data

    def _announce(self, todo: int) -> None:
        """Announce the files to make."""
        pipeline = self.generator.generator_config["pipeline"]
        verb = "Going on with run" if self.record.resumed else "Run"
        self.display.say(
            f"{verb} {self.record.name}: {todo} of {len(self.paths)} files to make, "
            f"{pipeline['n_parameter_sets']} parameter sets each, model "
            f"{self.plan.settings.model}, seed {self.job.seed}, "
            f"{self.plan.executor.describe(pipeline['n_cpus'])}"
        )
        if self.plan.settings.seed is not None:
            self.twins = live_twins(self.record, self.plan.output)
        if not self.plan.tracking.enabled and os.environ.get("MLFLOW_TRACKING_URI"):
            self.display.say(
                "MLFLOW_TRACKING_URI is set, but this run is not tracked: any --mlflow-* option, "
                "e.g. --mlflow-run-name NAME, turns tracking on"
            )
        for other in self.twins:
            log.warning(
                "run %s, of the same settings and seed, is live: both make the same files; omit "
                "--seed to get others",
                other,
            )

    def _open_tracking(self) -> contextlib.AbstractContextManager[tracking.Run]:
        if not self.plan.tracking.enabled:
            return contextlib.nullcontext(tracking.Run())
        tracked = self.record.content["tracking"]
        model = self.plan.settings.model
        parent = parent_of(self.plan.tracking, self.record)
        tracked["parent_run_id"] = parent
        return tracking.run(
            self.plan.tracking,
            name=tracking.readable_run_name(model),
            run_id=tracked.get("run_id"),
            parent=parent,
            tags={
                "schema_version": tracking.SCHEMA_VERSION,
                "phase": "datagen",
                "ssms_run": self.record.name,
            },
            default_description=f"`{self.record.content['repeat']}`",
            keep=False,
        )

    def _track_start(self) -> None:
        run, tracked = self.run, self.record.content["tracking"]
        if tracked.get("run_id") != run.run_id:
            tracked["begun"] = False  # the sender notes sent records; no key appears then
        facts = (run.run_id, run.name, run.experiment_name, run.experiment_id, run.url)
        tracked.update(zip(TRACKED, facts, strict=True), complete=False)
        if run.run_id is None:  # not tracked
            return
        self._save("running")
        if not tracked.get("begun"):
            log_start(run, self.record, self._facts())
            run.when_sent(lambda: self.record.content["tracking"].update(begun=True))
        for report in self._listed():
            self._track_file(report)

    def _facts(self) -> dict[str, Any]:
        generator = self.generator
        builder = create_estimator_builder(generator.generator_config, generator.model_config)
        return {
            "estimator_type": type(builder).__name__,
            "method": self.plan.method,
            "n_cpus": generator.generator_config["pipeline"]["n_cpus"],
            "data_config": generator.generator_config,
            "model_config": plain_model_config(generator.model_config),
        }

    def _make(self, todo: list[int]) -> None:
        """Make files, and make vanished files once more."""
        self.plan.folder.mkdir(parents=True, exist_ok=True)
        remove_fragments(self.record.path.parent)
        if self.record.resumed and not self.twins:
            self._remove_fragments()
        for number in range(MAX_ROUNDS):
            if number:
                todo = self.missing()
            if not todo:
                return
            if number:
                log.warning("%d files have vanished: they are made again", len(todo))
            self._make_once(todo)
        left = self.missing()
        if left:
            raise GenerationError(
                f"{len(left)} files vanished again and again from {self.plan.folder}"
            )

    def _make_once(self, todo: list[int]) -> None:
        sets = self.generator.generator_config["pipeline"]["n_parameter_sets"]
        progress = self.display.progress(len(todo), sets)
        try:
            for report in self.plan.executor.make(self.job, todo, progress):
                self.reports[report.index] = report
                self.made.append(report)
                # An error on the way to the store must find the file untracked.
                self._track_file(report)
                self._save_now_and_then()
        finally:
            progress.close()

    def _remove_fragments(self) -> None:
        """Remove unfinished files of killed processes."""
        names = {path.name for path in self.paths.values()}
        for fragment in self.plan.folder.glob(".*.tmp"):
            if fragment.name[1:].rsplit(".", 2)[0] in names:
                fragment.unlink(missing_ok=True)

    def _track_file(self, report: FileReport) -> None:
        """Send the records of a file that the store lacks; the first file is drawn."""
        run, index = self.run, report.index
        if run.run_id is None:
            return
        path = self.plan.folder / report.name
        if not report.sent:
            if index == next(iter(self.paths)):
                log_figure(run, path)
            log_file(run, report)
            run.when_sent(lambda: self._note(index, sent=True))
        if self.plan.tracking.log_data.value and not report.uploaded:
            run.log_artifact(path, "training_data")
            run.when_sent(lambda: self._note(index, uploaded=True))

    def _note(self, index: int, **changes: Any) -> None:
        """Note which records of a file the store has taken; called by the sender."""
        self.reports[index] = dataclasses.replace(self.reports[index], **changes)

    def _save_now_and_then(self) -> None:
        wait = max(SAVE_INTERVAL, self.save_seconds / MAX_SAVE_SHARE)
        if time.perf_counter() - self.saved > wait:
            self._save("running")

    def _save(self, state: str, **tracked: Any) -> None:
        started = time.perf_counter()
        self.record.content["tracking"].update(tracked)
        self.record.save(state=state, files=[dataclasses.asdict(r) for r in self._listed()])
        self.saved = time.perf_counter()
        self.save_seconds = self.saved - started

    def _listed(self) -> list[FileReport]:
        """Return the facts of each file, in the order of the files."""
        return [self.reports[index] for index in self.paths if index in self.reports]

    def _close(self, state: str, opened: bool) -> None:
        """Leave a true record behind; none, if nothing was begun."""
        if not opened and not self.record.resumed:
            self.record.discard()
            return
        # The caller reports the error that ended the run, a full disk perhaps, whatever fails here.
        try:
            self._save(state, complete=self.run.complete)
        except OSError as error:
            log.warning("the record does not say how the run ended: %s", reason(error))

    def summary(self, state: str) -> RunSummary:
        """Return the outcome as it is now."""
        tracked = self.record.content["tracking"]
        repeat = self.record.content["repeat"]
        if state in UNFINISHED:
            repeat = repeat_command(self.plan, self.job.seed, go_on=True)
        there = [path for index, path in self.paths.items() if self._is_whole(index, path)]
        return RunSummary(
            state=state,
            run=self.record.name,
            model=self.plan.settings.model,
            seed=self.job.seed,
            n_files=len(self.paths),
            files_made=len({report.index for report in self.made}),
            files_found=max(0, len(there) - len({report.index for report in self.made})),
            parameter_sets=sum(report.sets for report in self.made),
            rows=sum(report.rows for report in self.made),
            bytes=sum(report.bytes for report in self.made),
            seconds=round(sum(report.seconds or 0.0 for report in self.made), 3),
            wall_seconds=round(time.perf_counter() - self.started, 3),
            folder=str(self.plan.folder),
            record=str(self.record.path),
            repeat=repeat,
            tracking={
                **{key: tracked.get(key) for key in TRACKED},
                "store": tracked["settings"].get("tracking_uri", {}).get("value"),
                "complete": not self.record.tracking_incomplete if tracked.get("enabled") else None,
            },
            files=tuple(map(str, there)),
        )
