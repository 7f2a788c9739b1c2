# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False
# cython: embedsignature=False, binding=True
"""The bridge to the C core: checks shapes, releases the GIL, calls one C function."""

from libc.stdint cimport int32_t, int64_t, uint64_t

cdef extern from "ssm.h" nogil:
    ctypedef enum ssm_error:
        SSM_OK
        SSM_CANCELLED
        SSM_BAD_VALUE
    const char *ssm_strerror(ssm_error error)

    ctypedef enum ssm_isa:
        pass
    ssm_isa ssm_best_isa()
    const char *ssm_isa_name(ssm_isa isa)

    ctypedef struct ssm_column:
        const double *data
        int64_t stride
    ctypedef enum ssm_ndt_kind:
        pass
    ctypedef enum ssm_role:
        pass

    ctypedef struct ssm_wiener:
        int64_t n_samples
        int64_t n_trials
        uint64_t seed
        double max_t
        ssm_column drift
        ssm_column drift_sd
        ssm_column boundary
        ssm_column start
        ssm_column start_halfwidth
        ssm_column noise
        ssm_column ndt_location
        ssm_column ndt_scale
        ssm_column deadline
        ssm_column angle
        ssm_ndt_kind ndt_kind
        int start_halfwidth_is_relative
        int tabulate
    ssm_error ssm_wiener_check(const ssm_wiener *problem, ssm_role *role, int64_t *trial)
    ssm_error ssm_wiener_sample(const ssm_wiener *problem, ssm_isa isa, int64_t begin,
                                int64_t end, float *rts, int32_t *choices,
                                const volatile int *cancel)
    ssm_error ssm_wiener_path(const ssm_wiener *problem, double delta_t, int64_t n_grid,
                              float *path)
    ctypedef struct ssm_summary:
        int64_t n_trials
        int64_t n_choices
        const int32_t *possible_choices
        int64_t *counts
        double max_t
        int64_t n_bins[2]
        double *histograms[2]
    ssm_error ssm_summarize(const ssm_summary *summary, int64_t begin, int64_t end,
                            const float *rts, const int32_t *choices)
    ssm_error ssm_shares(const ssm_summary *summary, int64_t n_samples, int64_t go,
                         double *choice_p, double *choice_p_no_omission, double *omission_p,
                         double *go_p)

# The roles of ssm_role, in its order and in that of a row of WienerCall.
ROLES = ("drift", "drift_sd", "boundary", "start", "start_halfwidth", "noise",
         "ndt_location", "ndt_scale", "deadline", "angle")
NDT_KINDS = ("constant", "uniform", "normal", "truncated_normal", "rayleigh")
ISA_NAMES = tuple(ssm_isa_name(<ssm_isa>isa).decode() for isa in range(3))
BEST_ISA = <int>ssm_best_isa()


cdef _raise(ssm_error error):
    if error == SSM_CANCELLED:
        raise InterruptedError("the simulation was cancelled")
    raise ValueError(ssm_strerror(error).decode())


cdef class CancelFlag:
    """A flag that running kernels poll: once set, they stop."""

    cdef volatile int value

    def __cinit__(self):
        self.value = 0

    def set(self):
        self.value = 1

    def is_set(self):
        return self.value != 0


cdef class WienerCall:
    """One call of the Wiener sampler: parameters, sizes and seed.

    ``rows[r]`` is the row of ``theta`` that holds role r of ROLES, or -1 where it is
    ``constants[r]`` in every trial.
    """

    cdef ssm_wiener problem
    cdef const double[:, ::1] theta
    cdef double constants[10]

    def __init__(self, const double[:, ::1] theta not None, tuple rows, tuple constants,
                 int ndt_kind, bint start_halfwidth_is_relative, int64_t n_samples, double max_t,
                 uint64_t seed, bint tabulate=False):
        cdef ssm_column *columns = &self.problem.drift
        cdef int role, row
        if len(rows) != 10 or len(constants) != 10:
            raise ValueError("rows and constants must have one entry for each role")
        self.theta = theta
        for role in range(10):
            row = rows[role]
            if row >= theta.shape[0]:
                raise ValueError("a role names a row that theta does not have")
            if row >= 0 and theta.shape[1] > 0:
                columns[role].data = &theta[row, 0]
                columns[role].stride = theta.shape[1] > 1
            else:
                self.constants[role] = constants[role]
                columns[role].data = &self.constants[role]
                columns[role].stride = 0
        self.problem.n_samples = n_samples
        self.problem.n_trials = theta.shape[1]
        self.problem.seed = seed
        self.problem.max_t = max_t
        self.problem.ndt_kind = <ssm_ndt_kind>ndt_kind
        self.problem.tabulate = tabulate
        self.problem.start_halfwidth_is_relative = start_halfwidth_is_relative

    @property
    def method(self):
        """"exact" or "table"."""
        return "table" if self.problem.tabulate else "exact"

    def check(self):
        """Return None, or the index of the role and of the trial that have no meaning."""
        cdef ssm_role role = <ssm_role>0
        cdef int64_t trial = 0
        cdef ssm_error error
        with nogil:
            error = ssm_wiener_check(&self.problem, &role, &trial)
        return None if error == SSM_OK else (<int>role - 1, trial)

    def sample(self, int isa, int64_t begin, int64_t end, float[::1] rts not None,
               int32_t[::1] choices not None, CancelFlag cancel not None):
        """Write samples begin <= i < end to rts[i] and choices[i]."""
        cdef ssm_error error
        if begin < 0 or end > rts.shape[0] or end > choices.shape[0]:
            raise ValueError("rts and choices are too short for the samples asked for")
        if begin == end:
            return
        with nogil:
            error = ssm_wiener_sample(&self.problem, <ssm_isa>isa, begin, end, &rts[0],
                                      &choices[0], &cancel.value)
        if error != SSM_OK:
            _raise(error)

    def path(self, double delta_t, float[::1] path not None):
        """Write a path of sample 0 of trial 0 on the grid of delta_t."""
        cdef ssm_error error
        with nogil:
            error = ssm_wiener_path(&self.problem, delta_t, path.shape[0], &path[0])
        if error != SSM_OK:
            _raise(error)


cdef class Summary:
    """Counts of results by trial and choice, and by bin of time and choice; see ssm.h."""

    cdef ssm_summary summary
    cdef const int32_t[::1] labels
    cdef int64_t[:, ::1] counts
    cdef double[:, ::1] histogram_0
    cdef double[:, ::1] histogram_1

    def __init__(self, const int32_t[::1] labels not None, double max_t,
                 int64_t[:, ::1] counts not None, double[:, ::1] histogram_0 not None,
                 double[:, ::1] histogram_1 not None):
        cdef int64_t n_choices = labels.shape[0]
        if (n_choices < 1 or counts.shape[0] < 1 or counts.shape[1] != 2 * n_choices + 1
                or histogram_0.shape[1] != n_choices or histogram_1.shape[1] != n_choices
                or histogram_0.shape[0] < 2 or histogram_1.shape[0] < 2):
            raise ValueError("shapes of labels and counts do not agree")
        self.labels = labels
        self.counts = counts
        self.histogram_0 = histogram_0
        self.histogram_1 = histogram_1
        self.summary.n_trials = counts.shape[0]
        self.summary.n_choices = n_choices
        self.summary.possible_choices = &labels[0]
        self.summary.counts = &counts[0, 0]
        self.summary.max_t = max_t
        self.summary.n_bins[0] = histogram_0.shape[0]
        self.summary.n_bins[1] = histogram_1.shape[0]
        self.summary.histograms[0] = &histogram_0[0, 0]
        self.summary.histograms[1] = &histogram_1[0, 0]

    def add(self, int64_t begin, int64_t end, const float[::1] rts not None,
            const int32_t[::1] choices not None):
        """Count results begin <= i < end."""
        cdef ssm_error error
        if begin < 0 or end > rts.shape[0] or end > choices.shape[0]:
            raise ValueError("rts and choices are too short for the results asked for")
        if begin >= end:
            return
        with nogil:
            error = ssm_summarize(&self.summary, begin, end, &rts[0], &choices[0])
        if error != SSM_OK:
            _raise(error)

    def shares(self, int64_t n_samples, int64_t go, double[:, ::1] choice_p not None,
               double[:, ::1] choice_p_no_omission not None, double[:, ::1] omission_p not None,
               double[:, ::1] go_p not None):
        """Write the shares that follow from the counts."""
        cdef int64_t n_trials = self.summary.n_trials, n_choices = self.summary.n_choices
        cdef ssm_error error
        if (choice_p.shape[0] != n_trials or choice_p_no_omission.shape[0] != n_trials
                or choice_p.shape[1] != n_choices or choice_p_no_omission.shape[1] != n_choices
                or omission_p.shape[0] != n_trials or go_p.shape[0] != n_trials
                or omission_p.shape[1] != 1 or go_p.shape[1] != 1):
            raise ValueError("shapes of shares and counts do not agree")
        with nogil:
            error = ssm_shares(&self.summary, n_samples, go, &choice_p[0, 0],
                               &choice_p_no_omission[0, 0], &omission_p[0, 0], &go_p[0, 0])
        if error != SSM_OK:
            _raise(error)


include "_core_diffusion.pxi"
