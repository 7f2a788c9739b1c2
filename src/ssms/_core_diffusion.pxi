# Diffusion between moving boundaries: part of _core.pyx.

cdef extern from "ssm.h" nogil:
    enum: SSM_CURVE_PARAMETERS
    ctypedef enum ssm_boundary_kind:
        pass
    ctypedef enum ssm_drift_kind:
        pass
    ctypedef struct ssm_table:
        const double *values
        const double *smooth
        int64_t n_points
        int64_t n_columns
        double origin
        double density
    ssm_error ssm_find_spans(const ssm_table *table, int64_t n_rows, const double *times,
                             double closeness, double *smooth)
    ctypedef struct ssm_diffusion:
        ssm_wiener trial
        ssm_column leak
        ssm_column leak_2
        ssm_column stability
        ssm_boundary_kind boundary_kind
        ssm_drift_kind drift_kind
        ssm_column boundary_parameters[12]
        ssm_column drift_parameters[12]
        ssm_table boundary_table
        ssm_table drift_table
        double delta_t
        int smooth_times
        int has_leak
        int has_stability
    ssm_error ssm_diffusion_check(const ssm_diffusion *problem, int *role, int *parameter,
                                  int64_t *trial)
    int ssm_boundary_parameters(ssm_boundary_kind kind)
    int ssm_drift_parameters(ssm_drift_kind kind)
    ssm_error ssm_diffusion_bridge(const ssm_diffusion *problem, ssm_isa isa, int64_t begin,
                                   int64_t end, float *rts, int32_t *choices,
                                   const volatile int *cancel)
    ssm_error ssm_diffusion_path(const ssm_diffusion *problem, double delta_t, int64_t n_grid,
                                 float *path)
    ssm_error ssm_diffusion_euler(const ssm_diffusion *problem, ssm_isa isa, int64_t begin,
                                  int64_t end, float *rts, int32_t *choices,
                                  const volatile int *cancel)
    ssm_error ssm_diffusion_euler_path(const ssm_diffusion *problem, int64_t n_grid, float *path)

# The roles of a row of DiffusionCall; the last two of ssm_diffusion_role have parameters instead.
DIFFUSION_ROLES = ROLES + ("leak", "leak_2", "stability")
# The kinds of curves, in the order of their enumerations, by the names of the built-in functions.
BOUNDARY_KINDS = ("constant", "angle", "weibull_cdf", "generalized_logistic", "conflict_gamma",
                  "addm_collapse", "table")
DRIFT_KINDS = ("constant", "gamma_drift", "conflict_ds_drift", "conflict_dsstimflex_drift",
               "conflict_stimflex_drift", "conflict_stimflexrel1_drift",
               "conflict_stimflexrel1_dual_drift", "attend_drift", "attend_drift_simple", "table",
               "table_dual")


cdef class CurveTable:
    """Curves known at ``times``, which are origin (exp(j / density) - 1).

    ``values`` is (n_rows, n_points, n_columns); ``smooth`` is (n_rows, n_points), and is written:
    the time until which the curve is close to a parabola from each point on, that is within
    ``closeness`` of the largest value of each column.
    """

    cdef Memory values, smooth
    cdef ssm_table table
    cdef int64_t n_rows

    def __init__(self, values, times, smooth, double origin, double density, double closeness):
        cdef Memory at = doubles(times)
        cdef ssm_error error
        self.values = doubles(values)
        self.smooth = doubles(smooth, PyBUF_WRITABLE)
        if self.values.view.ndim != 3 or not origin > 0.0 or not density > 0.0:
            raise ValueError("a table needs rows, points and columns, and times that grow")
        self.n_rows = self.values.view.shape[0]
        self.table.values = <const double *>self.values.view.buf
        self.table.smooth = <const double *>self.smooth.view.buf
        self.table.n_points = self.values.view.shape[1]
        self.table.n_columns = self.values.view.shape[2]
        self.table.origin = origin
        self.table.density = density
        if (at.size() != self.table.n_points
                or self.smooth.size() != self.n_rows * self.table.n_points):
            raise ValueError("a table needs a time for each point, and a span for each of each row")
        with nogil:
            error = ssm_find_spans(&self.table, self.n_rows, <const double *>at.view.buf, closeness,
                                   <double *>self.smooth.view.buf)
        if error != SSM_OK:
            _raise(error)


cdef class DiffusionCall(Call):
    """One call of the samplers of diffusion between moving boundaries.

    ``rows[r]`` is the row of ``theta`` that holds role r of DIFFUSION_ROLES, or -1 where it is
    ``constants[r]`` in every trial.  ``boundary`` and ``drift`` are (kind, rows, constants, table):
    an index of BOUNDARY_KINDS or DRIFT_KINDS, the same for the parameters of the curve, and a
    CurveTable or None; the parameter of a table is the row of it that a trial reads.
    """

    cdef ssm_diffusion problem
    cdef CurveTable boundary_table, drift_table
    cdef double constants[13]
    cdef double boundary_constants[12]
    cdef double drift_constants[12]

    def __init__(self, theta, tuple rows, tuple constants, int ndt_kind,
                 bint start_halfwidth_is_relative, tuple boundary, tuple drift, bint has_leak,
                 bint has_stability, int64_t n_samples, double max_t, double delta_t,
                 bint smooth_times, uint64_t seed):
        self.hold_theta(theta)
        self.fill_columns(&self.problem.trial.drift, self.constants, rows[:10], constants[:10], 10)
        self.fill_columns(&self.problem.leak, &self.constants[10], rows[10:], constants[10:], 3)
        self.problem.boundary_kind = <ssm_boundary_kind><int>boundary[0]
        self.problem.drift_kind = <ssm_drift_kind><int>drift[0]
        self.fill_columns(self.problem.boundary_parameters, self.boundary_constants, boundary[1],
                          boundary[2], ssm_boundary_parameters(self.problem.boundary_kind))
        self.fill_columns(self.problem.drift_parameters, self.drift_constants, drift[1], drift[2],
                          ssm_drift_parameters(self.problem.drift_kind))
        self.boundary_table = boundary[3]
        self.drift_table = drift[3]
        if BOUNDARY_KINDS[boundary[0]] == "table":
            self.check_rows(self.problem.boundary_parameters[0], self.boundary_table, 1)
            self.problem.boundary_table = self.boundary_table.table
        if DRIFT_KINDS[drift[0]] in ("table", "table_dual"):
            self.check_rows(self.problem.drift_parameters[0], self.drift_table,
                            2 if DRIFT_KINDS[drift[0]] == "table_dual" else 1)
            self.problem.drift_table = self.drift_table.table
        self.problem.trial.n_samples = n_samples
        self.problem.trial.n_trials = self.n_trials
        self.problem.trial.seed = seed
        self.problem.trial.max_t = max_t
        self.problem.trial.ndt_kind = <ssm_ndt_kind>ndt_kind
        self.problem.trial.start_halfwidth_is_relative = start_halfwidth_is_relative
        self.problem.delta_t = delta_t
        self.problem.smooth_times = smooth_times
        self.problem.has_leak = has_leak
        self.problem.has_stability = has_stability

    cdef check_rows(self, ssm_column rows, CurveTable table, int n_columns):
        cdef int64_t trial
        if table is None or table.table.n_columns != n_columns:
            raise ValueError("this kind of curve needs a table with its number of columns")
        for trial in range(self.n_trials):
            if not 0.0 <= rows.data[trial * rows.stride] < table.n_rows:
                raise ValueError("a trial names a row that the table does not have")

    @property
    def method(self):
        """How times are drawn."""
        return "bridge"

    def check(self):
        """Return None, or what has no meaning: index of the role, of its parameter, and trial.

        The roles after DIFFUSION_ROLES are a parameter of the boundary and one of the drift.
        """
        cdef int role = 0, parameter = 0
        cdef int64_t trial = 0
        cdef ssm_error error
        with nogil:
            error = ssm_diffusion_check(&self.problem, &role, &parameter, &trial)
        return None if error == SSM_OK else (role - 1, parameter, trial)

    cdef ssm_error draw(self, ssm_isa isa, int64_t begin, int64_t end, float *rts,
                        int32_t *choices, const volatile int *cancel) noexcept nogil:
        return ssm_diffusion_bridge(&self.problem, isa, begin, end, rts, choices, cancel)

    cdef ssm_error trace(self, double delta_t, int64_t n_grid, float *path) noexcept nogil:
        return ssm_diffusion_path(&self.problem, delta_t, n_grid, path)


cdef class EulerCall(DiffusionCall):
    """One call of Euler-Maruyama; see DiffusionCall."""

    @property
    def method(self):
        """How times are drawn."""
        return "euler"

    cdef ssm_error draw(self, ssm_isa isa, int64_t begin, int64_t end, float *rts,
                        int32_t *choices, const volatile int *cancel) noexcept nogil:
        return ssm_diffusion_euler(&self.problem, isa, begin, end, rts, choices, cancel)

    cdef ssm_error trace(self, double delta_t, int64_t n_grid, float *path) noexcept nogil:
        if delta_t != self.problem.delta_t: # a path by steps has the step of its call
            return SSM_BAD_VALUE
        return ssm_diffusion_euler_path(&self.problem, n_grid, path)
