# Tables of the core, layouts and problems: part of _core.pyx.

from collections import namedtuple

Allowed = namedtuple("Allowed", "number words", module="ssms._core")
RoleRow = namedtuple("RoleRow", "number name allowed value per_particle", module="ssms._core")
ProcessRow = namedtuple("ProcessRow", "number name roles has_boundary has_drift n_extras", module="ssms._core")
ParameterRow = namedtuple("ParameterRow", "name allowed value", module="ssms._core")
CurveRow = namedtuple("CurveRow", "number name parameters n_columns is_linear", module="ssms._core")
Fault = namedtuple("Fault", "place role particle parameter trial words", module="ssms._core")


cdef _allowed(ssm_allowed allowed):
    return Allowed(<int>allowed, ssm_allowed_words(allowed).decode())


cdef _process_row(ssm_process_kind kind):
    cdef const ssm_process_row *row = ssm_process(kind)
    cdef int i
    roles = {}
    for i in range(row.n_roles):
        name = ssm_role_name(row.roles[i].role).decode()
        roles[name] = RoleRow(<int>row.roles[i].role, name, _allowed(row.roles[i].allowed),
                              row.roles[i].value, bool(row.roles[i].per_particle))
    return ProcessRow(<int>kind, row.name.decode(), roles, bool(row.has_boundary),
                      bool(row.has_drift), row.n_extras)


cdef _curve_row(int index, const ssm_curve_row *row):
    cdef int i
    parameters = tuple(
        ParameterRow(row.parameters[i].name.decode(), _allowed(row.parameters[i].allowed),
                     row.parameters[i].value)
        for i in range(row.n_parameters))
    return CurveRow(index, row.name.decode(), parameters, row.n_columns, bool(row.is_linear))


cdef _curve_rows(bint boundaries):
    rows, index = {}, 0
    while (ssm_boundary(index) if boundaries else ssm_drift(index)) != NULL:
        row = _curve_row(index, ssm_boundary(index) if boundaries else ssm_drift(index))
        rows[row.name] = row
        index += 1
    return rows


# Tables of the core, by name.
PROCESSES = {row.name: row
             for row in [_process_row(<ssm_process_kind>i) for i in range(SSM_N_PROCESSES)]}
BOUNDARIES = _curve_rows(True)
DRIFTS = _curve_rows(False)


def is_allowed(int allowed, double value):
    """Return whether the core allows a value: ``allowed`` is an index of `Allowed`."""
    return bool(ssm_is_allowed(<ssm_allowed>allowed, value))


KNOT_SIZE = sizeof(ssm_knot) // sizeof(double)


def n_cells(double max_t):
    """Return how many cells of time the index of a `CurveTable` until `max_t` has."""
    return ssm_n_cells(max_t)


cdef class CurveSamples:
    """A curve at times that grow: ``times`` (n,), ``values`` (n, n_columns), ``scale`` (n_columns,)."""

    cdef Memory times, values, scale
    cdef ssm_samples samples

    def __init__(self, times, values, scale):
        cdef int i
        self.times, self.values, self.scale = doubles(times), doubles(values), doubles(scale)
        self.samples.times = <const double *>self.times.view.buf
        self.samples.values = <const double *>self.values.view.buf
        self.samples.n = self.times.size()
        self.samples.n_columns = self.scale.size()
        if not (2 <= self.samples.n < 1 << 30 and 1 <= self.samples.n_columns <= SSM_CURVE_COLUMNS
                and self.values.size() == self.samples.n * self.samples.n_columns):
            raise ValueError("a curve needs a value of each column at two times or more")
        for i in range(self.samples.n_columns):
            self.samples.scale[i] = (<const double *>self.scale.view.buf)[i]

    cdef int32_t *numbers(self, Memory memory):
        if memory.size() < self.samples.n:
            raise ValueError("an array is too short for the samples")
        return <int32_t *>memory.view.buf

    def find_bends(self, double allowed, double shortest, cells):
        """Write cells (int32) that are to be sampled again; return how many."""
        cdef Memory memory = labels_of(cells, PyBUF_WRITABLE)
        return ssm_find_bends(&self.samples, allowed, shortest, self.numbers(memory))

    def find_knots(self, double allowed, at):
        """Write the samples (int32) that are to be knots; return how many."""
        cdef Memory memory = labels_of(at, PyBUF_WRITABLE)
        return ssm_find_knots(&self.samples, allowed, self.numbers(memory))

    def set_knots(self, double allowed, at, knots):
        """Write knots (n_knots, KNOT_SIZE) at samples that `find_knots` has found."""
        cdef Memory chosen = labels_of(at), memory = doubles(knots, PyBUF_WRITABLE)
        cdef int64_t n = memory.size() * sizeof(double) // sizeof(ssm_knot)
        if n > chosen.size():
            raise ValueError("there are fewer samples than knots")
        with nogil:
            ssm_set_knots(&self.samples, allowed, <const int32_t *>chosen.view.buf, n,
                          <ssm_knot *>memory.view.buf)


cdef class CurveTable:
    """Curves by their knots, row after row: ``knots`` (n_knots, KNOT_SIZE).

    ``sizes`` holds how many knots each row has; ``index`` (n_rows, n_cells + 1) int32 is written;
    ``rows`` (n_trials,) float64 is the row that each trial reads, which is its own before trial
    ``end``.
    """

    cdef Memory knots, index, rows
    cdef ssm_table table
    cdef int n_columns
    cdef readonly int64_t end

    def __init__(self, knots, list sizes, index, rows, int n_columns, int64_t end):
        cdef int64_t n, number = 0, row, n_rows = len(sizes)
        self.knots, self.rows = doubles(knots), doubles(rows)
        self.index = labels_of(index, PyBUF_WRITABLE)
        self.n_columns, self.end = n_columns, end
        if (self.index.view.ndim != 2 or self.index.view.shape[0] != n_rows
                or min(sizes, default=1) < 1
                or sum(sizes) * sizeof(ssm_knot) != <size_t>self.knots.view.len):
            raise ValueError("a table needs knots, and an index, of each row")
        self.table.knots = <const ssm_knot *>self.knots.view.buf
        self.table.index = <const int32_t *>self.index.view.buf
        self.table.n_cells = self.index.view.shape[1] - 1
        for row in range(self.rows.size()):
            if not 0.0 <= (<const double *>self.rows.view.buf)[row] < n_rows:
                raise ValueError("a trial names a row that the table does not have")
        for row in range(n_rows):
            n = sizes[row]
            ssm_index_knots(self.table.knots + number, n, number, self.table.n_cells,
                            <int32_t *>self.index.view.buf + row * (self.table.n_cells + 1))
            number += n


cdef struct Entry:
    int role
    int particle
    int row
    double constant


cdef class Layout:
    """Which row of theta each column of a problem is; made once, used for many problems.

    ``roles`` is a tuple of (index of the role, particle, row of theta or -1, constant, whether a
    parameter plays it).  ``boundary`` and ``drift`` are (kind, rows, constants), or None where
    the process has none; the one parameter of a table has row -1.
    """

    cdef ssm_problem blank  # a problem whose columns are the constants
    cdef readonly int n_rows
    cdef int n_entries
    cdef Entry entries[SSM_N_ROLES * SSM_MAX_PARTICLES]
    cdef Entry curves[2][SSM_CURVE_PARAMETERS]

    def __init__(self, int process, int n_particles, int ndt_kind, tuple roles, boundary, drift,
                 int n_rows, bint start_is_relative=False, int variant=0):
        if not 1 <= n_particles <= SSM_MAX_PARTICLES:
            raise ValueError("a problem has 1 to %d particles" % SSM_MAX_PARTICLES)
        self.blank.process = <ssm_process_kind>process
        self.blank.n_particles = n_particles
        self.blank.ndt_kind = <ssm_ndt_kind>ndt_kind
        self.blank.start_is_relative = start_is_relative
        self.blank.variant = variant
        self.n_rows = n_rows
        if len(roles) > SSM_N_ROLES * SSM_MAX_PARTICLES:
            raise ValueError("a layout names too many roles")
        self.n_entries = len(roles)
        for i, (role, particle, row, constant, played) in enumerate(roles):
            if not (0 <= role < SSM_N_ROLES and 0 <= particle < SSM_MAX_PARTICLES
                    and row < n_rows):
                raise ValueError("a layout names a role, particle or row that there is not")
            self.entries[i] = Entry(role, particle, row, constant)
            self.blank.column[<int>role][<int>particle].data = &self.entries[i].constant
            if played:
                self.blank.played |= <uint32_t>1 << <int>role
        if boundary is not None:
            self.set_curve(&self.blank.boundary, self.curves[0], ssm_boundary(boundary[0]),
                           boundary)
        if drift is not None:
            self.set_curve(&self.blank.drift, self.curves[1], ssm_drift(drift[0]), drift)

    cdef set_curve(self, ssm_curve *curve, Entry *entries, const ssm_curve_row *row, tuple given):
        cdef int i
        if row == NULL or len(given[1]) != row.n_parameters or len(given[2]) != row.n_parameters:
            raise ValueError("a curve needs a row and a constant for each parameter")
        curve.kind, curve.row = given[0], row
        for i in range(row.n_parameters):
            entries[i] = Entry(0, 0, given[1][i], given[2][i])
            curve.parameters[i].data = &entries[i].constant
            if entries[i].row >= self.n_rows:
                raise ValueError("a curve names a row that theta does not have")


cdef void set_columns(ssm_problem *problem, Layout layout, Memory theta, const double *noise) noexcept:
    """Fill a problem from a layout, with columns in theta and in the layout's constants."""
    cdef const ssm_problem *blank = &layout.blank
    cdef int64_t n_trials = theta.view.shape[1]
    cdef const Entry *entry
    cdef int i
    # Not all of it: most columns belong to particles that do not exist.
    memcpy(problem, blank, <char *>problem.column - <char *>problem)
    memcpy(&problem.boundary, &blank.boundary,
           sizeof(ssm_problem) - (<char *>&problem.boundary - <char *>problem))
    for i in range(SSM_N_ROLES):
        memcpy(&problem.column[i][0], &blank.column[i][0], blank.n_particles * sizeof(ssm_column))
    problem.n_trials = n_trials
    for i in range(layout.n_entries):
        entry = &layout.entries[i]
        if entry.row >= 0:
            point(&problem.column[entry.role][entry.particle], theta, entry.row)
        elif entry.role == SSM_NOISE:
            problem.column[entry.role][entry.particle].data = noise
    set_curve_columns(&problem.boundary, layout.curves[0], theta)
    set_curve_columns(&problem.drift, layout.curves[1], theta)


cdef void set_curve_columns(ssm_curve *curve, const Entry *entries, Memory theta) noexcept:
    cdef int i
    if curve.row != NULL:
        for i in range(curve.row.n_parameters):
            if entries[i].row >= 0:
                point(&curve.parameters[i], theta, entries[i].row)


cdef void point(ssm_column *column, Memory theta, int row) noexcept:
    """Point a column to a row of theta, if that has trials."""
    cdef int64_t n_trials = theta.view.shape[1]
    if n_trials > 0:
        column.data = <const double *>theta.view.buf + row * n_trials
        column.stride = n_trials > 1


cdef Memory rows_of(theta, Layout layout):
    cdef Memory memory = doubles(theta)
    if memory.view.ndim != 2 or memory.view.shape[0] != layout.n_rows:
        raise ValueError("theta must have a row for each parameter and a column for each trial")
    return memory


def draw(Layout layout not None, theta, double noise, int64_t n_samples, double max_t,
         uint64_t seed, double delta_t, bint smooth_times, int method, int isa, rts, choices):
    """Check a problem without tables, gaze and extra outputs, and write all of its samples.

    The arguments are as for `Problem` and `Problem.sample`.  Returns whether all parameters
    are allowed; if not, nothing is written.
    """
    cdef Memory held = rows_of(theta, layout)
    cdef Memory times = floats(rts, PyBUF_WRITABLE), labels = labels_of(choices, PyBUF_WRITABLE)
    cdef int64_t total = n_samples * held.view.shape[1]
    cdef ssm_cancel stop = until(&never)
    cdef ssm_problem problem
    cdef ssm_fault fault
    cdef ssm_results results
    cdef ssm_error error
    if times.size() != total or labels.size() != total:
        raise ValueError("rts and choices must have a place for each sample")
    set_columns(&problem, layout, held, &noise)
    problem.n_samples, problem.max_t, problem.seed = n_samples, max_t, seed
    problem.delta_t, problem.smooth_times = delta_t, smooth_times
    results.rts, results.choices = <float *>times.view.buf, <int32_t *>labels.view.buf
    with nogil:
        error = ssm_check_trials(&problem, 0, problem.n_trials, &fault)
        if error == SSM_OK:
            error = ssm_sample(&problem, <ssm_method>method, <ssm_isa>isa, 0, total, &results,
                               &stop)
    if error != SSM_OK and error != SSM_BAD_VALUE:
        _raise(error)
    return error == SSM_OK


def count_wide_starts(Layout layout not None, theta):
    """Return how many trials may start beyond a boundary; see `ssm_count_wide_starts` in ssm.h."""
    cdef Memory held = rows_of(theta, layout)
    cdef double noise = 1.0
    cdef ssm_problem problem
    set_columns(&problem, layout, held, &noise)
    return ssm_count_wide_starts(&problem)


def first_bad_gaze(onsets, counts, firsts):
    """Return the first row of gaze that is not allowed, or the number of rows; see ssm.h.

    ``onsets`` is (n_rows, n_columns), ``counts`` and ``firsts`` (n_rows,), float64.
    """
    cdef Memory held = doubles(onsets), numbers = doubles(counts), items = doubles(firsts)
    cdef ssm_gaze gaze
    cdef int64_t n_rows = held.view.shape[0]
    if held.view.ndim != 2 or numbers.size() != n_rows or items.size() != n_rows:
        raise ValueError("gaze needs a row for each trial or each sample")
    gaze.onsets, gaze.n_columns = <const double *>held.view.buf, held.view.shape[1]
    gaze.counts = <const double *>numbers.view.buf
    gaze.firsts = <const double *>items.view.buf
    with nogil:
        n_rows = ssm_first_bad_gaze(&gaze, n_rows)
    return n_rows


cdef class Problem:
    """A process with numbers: columns of parameters, sizes, limits.

    ``theta`` is (n_rows, n_trials) float64; ``noise`` serves trials whose theta holds none.
    """

    cdef ssm_problem problem
    cdef Layout layout
    cdef Memory theta
    cdef double noise
    cdef CurveTable boundary_table, drift_table
    cdef Memory onsets, counts, firsts, log_durations

    def __init__(self, Layout layout not None, theta, double noise, int64_t n_samples,
                 double max_t, uint64_t seed, double delta_t, bint smooth_times,
                 CurveTable boundary_table=None, CurveTable drift_table=None):
        self.layout, self.theta, self.noise = layout, rows_of(theta, layout), noise
        set_columns(&self.problem, layout, self.theta, &self.noise)
        self.problem.n_samples, self.problem.max_t, self.problem.seed = n_samples, max_t, seed
        self.problem.delta_t, self.problem.smooth_times = delta_t, smooth_times
        self.boundary_table, self.drift_table = boundary_table, drift_table
        self.set_table(&self.problem.boundary, boundary_table)
        self.set_table(&self.problem.drift, drift_table)

    cdef set_table(self, ssm_curve *curve, CurveTable table):
        if curve.row == NULL or strncmp(curve.row.name, b"table", 5) != 0:
            return
        if table is None or table.n_columns != curve.row.n_columns or (
                table.rows.size() not in (1, self.problem.n_trials)):
            raise ValueError("this kind of curve needs a table with its columns and trials")
        curve.table = table.table
        curve.parameters[0].data = <const double *>table.rows.view.buf
        curve.parameters[0].stride = table.rows.size() > 1

    def follow_gaze(self, schedule, int continuation, log_durations):
        """Set where gaze goes; see `ssm_gaze` in ssm.h.

        ``schedule`` is None, or onsets (n_rows, n_columns), counts and firsts (n_rows,), float64,
        with a row for each trial or each sample; ``log_durations`` is (n_durations,) float64.
        """
        cdef ssm_gaze *gaze = &self.problem.gaze
        cdef int64_t n_trials = self.problem.n_trials, n_rows = n_trials
        self.log_durations = doubles(log_durations)
        gaze.log_durations = <const double *>self.log_durations.view.buf
        gaze.n_durations = self.log_durations.size()
        gaze.continuation = <ssm_continuation>continuation
        if gaze.n_durations < 2:
            raise ValueError("gaze needs a table of durations")
        if schedule is None:
            return
        self.onsets, self.counts, self.firsts = [doubles(array) for array in schedule]
        n_rows = self.onsets.view.shape[0]
        gaze.of_samples = n_rows != n_trials
        if (self.onsets.view.ndim != 2 or self.counts.size() != n_rows
                or self.firsts.size() != n_rows
                or n_rows not in (n_trials, n_trials * self.problem.n_samples)):
            raise ValueError("gaze needs a row for each trial or each sample")
        gaze.n_columns = self.onsets.view.shape[1]
        for i in range(n_rows):
            if not 1.0 <= (<const double *>self.counts.view.buf)[i] <= gaze.n_columns:
                raise ValueError("a row of gaze has more onsets than there are columns")
        gaze.onsets = <const double *>self.onsets.view.buf
        gaze.counts = <const double *>self.counts.view.buf
        gaze.firsts = <const double *>self.firsts.view.buf

    def check(self, int64_t begin=0, int64_t end=-1):
        """Return None, or the first `Fault`; places are "role", "boundary" and "drift".

        Trials begin <= k < end are checked, all by default.
        """
        cdef ssm_fault fault
        cdef ssm_error error
        if end < 0:
            end = self.problem.n_trials
        with nogil:
            error = ssm_check_trials(&self.problem, begin, end, &fault)
        if error == SSM_OK:
            return None
        if error != SSM_BAD_VALUE:
            _raise(error)
        return Fault(("role", "boundary", "drift")[<int>fault.place],
                     ssm_role_name(fault.role).decode(), fault.particle, fault.parameter,
                     fault.trial, fault.words.decode())

    @property
    def end(self):
        """The first trial that has no row in a table of the problem; n_trials if all have."""
        return min(self.problem.n_trials,
                   self.problem.n_trials if self.boundary_table is None else self.boundary_table.end,
                   self.problem.n_trials if self.drift_table is None else self.drift_table.end)

    def capsule(self):
        """Return a capsule of the C struct, which lives as long as this object."""
        return PyCapsule_New(&self.problem, "ssm_problem", NULL)

    def sample(self, int method, int isa, int64_t begin, int64_t end, rts, choices, tuple extras,
               CancelFlag cancel not None):
        """Write samples begin <= i < end to rts (float32), choices (int32), extras (float32)."""
        cdef Memory times = floats(rts, PyBUF_WRITABLE), labels = labels_of(choices, PyBUF_WRITABLE)
        cdef ssm_results results
        cdef ssm_cancel stop = until(&cancel.value)
        cdef ssm_error error
        cdef int i
        if begin < 0 or end > times.size() or end > labels.size():
            raise ValueError("rts and choices are too short for the samples asked for")
        if len(extras) != ssm_process(self.problem.process).n_extras:
            raise ValueError("a process needs an array for each of its extra outputs")
        results.rts = <float *>times.view.buf
        results.choices = <int32_t *>labels.view.buf
        held = [floats(extra, PyBUF_WRITABLE) for extra in extras]
        for i in range(len(held)):
            if (<Memory>held[i]).size() < end:
                raise ValueError("an extra output is too short for the samples asked for")
            results.extras[i] = <float *>(<Memory>held[i]).view.buf
        with nogil:
            error = ssm_sample(&self.problem, <ssm_method>method, <ssm_isa>isa, begin, end,
                               &results, &stop)
        if error != SSM_OK:
            _raise(error)

    @property
    def path_columns(self):
        """Columns of a path."""
        return ssm_path_columns(&self.problem)

    def path(self, int method, path):
        """Write a path of sample 0 of trial 0, (n_grid, path_columns) float32."""
        cdef Memory positions = floats(path, PyBUF_WRITABLE)
        cdef ssm_cancel stop = until(&never)
        cdef int64_t n_grid = positions.size() // ssm_path_columns(&self.problem)
        cdef ssm_error error
        with nogil:
            error = ssm_path(&self.problem, <ssm_method>method, n_grid,
                             <float *>positions.view.buf, &stop)
        if error != SSM_OK:
            _raise(error)
