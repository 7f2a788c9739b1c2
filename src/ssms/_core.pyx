# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False
# cython: embedsignature=False, binding=True
"""The bridge to the C core: checks shapes, releases the GIL, calls one C function."""

from cpython.buffer cimport (
    PyBUF_C_CONTIGUOUS, PyBUF_FORMAT, PyBUF_WRITABLE, PyBuffer_Release, PyObject_GetBuffer)
from cpython.mem cimport PyMem_Calloc, PyMem_Free
from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.string cimport strchr

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


cdef class Memory:
    """The memory of a C-contiguous array, held as long as this object.

    In place of typed memoryviews, which cost a call of one trial as much as its simulation.
    """

    cdef Py_buffer view

    def __dealloc__(self):
        PyBuffer_Release(&self.view)

    cdef int64_t size(self):
        return self.view.len // self.view.itemsize


cdef Memory hold(array, Py_ssize_t itemsize, const char *formats, int writable):
    """Hold the memory of an array whose items have this size and one of these formats."""
    cdef Memory memory = Memory.__new__(Memory)
    PyObject_GetBuffer(array, &memory.view, PyBUF_C_CONTIGUOUS | PyBUF_FORMAT | writable)
    if memory.view.itemsize != itemsize or not strchr(formats, memory.view.format[0]):
        raise ValueError("an array has another type than the core expects")
    return memory

cdef Memory doubles(array, int writable=0):
    return hold(array, sizeof(double), b"d", writable)

cdef Memory floats(array, int writable=0):
    return hold(array, sizeof(float), b"f", writable)

cdef Memory labels_of(array, int writable=0):
    return hold(array, sizeof(int32_t), b"il", writable)


cdef class Call:
    """One call of a sampler: parameters, sizes and seed."""

    cdef Memory theta
    cdef int64_t n_rows, n_trials

    cdef hold_theta(self, theta):
        """Hold parameters, (n_rows, n_trials) float64."""
        self.theta = doubles(theta)
        if self.theta.view.ndim != 2:
            raise ValueError("theta must have a row for each parameter and a column for each trial")
        self.n_rows, self.n_trials = self.theta.view.shape[0], self.theta.view.shape[1]

    cdef fill_columns(self, ssm_column *columns, double *constant, tuple rows, tuple constants,
                      int count):
        """Point columns to rows of theta, or to a constant where the row is -1."""
        cdef int i, row
        if count < 0 or len(rows) != count or len(constants) != count:
            raise ValueError("rows and constants must have one entry for each role")
        for i in range(count):
            row = rows[i]
            if row >= self.n_rows:
                raise ValueError("a role names a row that theta does not have")
            if row >= 0 and self.n_trials > 0:
                columns[i].data = <const double *>self.theta.view.buf + row * self.n_trials
                columns[i].stride = self.n_trials > 1
            else:
                constant[i] = constants[i]
                columns[i].data = &constant[i]
                columns[i].stride = 0

    cdef ssm_error draw(self, ssm_isa isa, int64_t begin, int64_t end, float *rts,
                        int32_t *choices, const volatile int *cancel) noexcept nogil:
        return SSM_BAD_VALUE

    cdef ssm_error trace(self, double delta_t, int64_t n_grid, float *path) noexcept nogil:
        return SSM_BAD_VALUE

    def sample(self, int isa, int64_t begin, int64_t end, rts, choices, CancelFlag cancel not None):
        """Write samples begin <= i < end to items i of rts (float32) and choices (int32)."""
        cdef Memory times = floats(rts, PyBUF_WRITABLE), labels = labels_of(choices, PyBUF_WRITABLE)
        cdef ssm_error error
        if begin < 0 or end > times.size() or end > labels.size():
            raise ValueError("rts and choices are too short for the samples asked for")
        with nogil:
            error = self.draw(<ssm_isa>isa, begin, end, <float *>times.view.buf,
                              <int32_t *>labels.view.buf, &cancel.value)
        if error != SSM_OK:
            _raise(error)

    def path(self, double delta_t, path):
        """Write a path of sample 0 of trial 0 on the grid of delta_t, as long as path (float32)."""
        cdef Memory positions = floats(path, PyBUF_WRITABLE)
        cdef int64_t n_grid = positions.size()
        cdef ssm_error error
        with nogil:
            error = self.trace(delta_t, n_grid, <float *>positions.view.buf)
        if error != SSM_OK:
            _raise(error)


cdef class WienerCall(Call):
    """One call of the Wiener sampler.

    ``rows[r]`` is the row of ``theta`` that holds role r of ROLES, or -1 where it is
    ``constants[r]`` in every trial.
    """

    cdef ssm_wiener problem
    cdef double constants[10]

    def __init__(self, theta, tuple rows, tuple constants, int ndt_kind,
                 bint start_halfwidth_is_relative, int64_t n_samples, double max_t, uint64_t seed,
                 bint tabulate=False):
        self.hold_theta(theta)
        self.fill_columns(&self.problem.drift, self.constants, rows, constants, 10)
        self.problem.n_samples = n_samples
        self.problem.n_trials = self.n_trials
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

    cdef ssm_error draw(self, ssm_isa isa, int64_t begin, int64_t end, float *rts,
                        int32_t *choices, const volatile int *cancel) noexcept nogil:
        return ssm_wiener_sample(&self.problem, isa, begin, end, rts, choices, cancel)

    cdef ssm_error trace(self, double delta_t, int64_t n_grid, float *path) noexcept nogil:
        return ssm_wiener_path(&self.problem, delta_t, n_grid, path)


cdef class Summary:
    """Counts of results by trial and choice, and by bin of time and choice; see ssm.h.

    ``labels`` is (n_choices,) int32; the histograms, to be given as zeros, are
    (1, n_bins, n_choices) float64.
    """

    cdef ssm_summary summary
    cdef Memory labels, histogram_0, histogram_1

    def __cinit__(self, labels, double max_t, int64_t n_trials, histogram_0, histogram_1):
        cdef int64_t n_choices
        cdef int i
        self.labels = labels_of(labels)
        self.histogram_0 = doubles(histogram_0, PyBUF_WRITABLE)
        self.histogram_1 = doubles(histogram_1, PyBUF_WRITABLE)
        n_choices = self.labels.size()
        if n_choices < 1 or n_trials < 1:
            raise ValueError("a summary needs labels and trials")
        for i, memory in enumerate((self.histogram_0, self.histogram_1)):
            self.point(i, memory, n_choices)
        self.summary.n_trials = n_trials
        self.summary.n_choices = n_choices
        self.summary.possible_choices = <const int32_t *>self.labels.view.buf
        self.summary.max_t = max_t
        self.summary.counts = <int64_t *>PyMem_Calloc(n_trials * (2 * n_choices + 1),
                                                      sizeof(int64_t))
        if self.summary.counts == NULL:
            raise MemoryError("no memory for the counts of a summary")

    def __dealloc__(self):
        PyMem_Free(self.summary.counts)

    cdef point(self, int i, Memory memory, int64_t n_choices):
        """Let histogram i be an array's memory."""
        if (memory.view.ndim != 3 or memory.view.shape[0] != 1 or memory.view.shape[1] < 2
                or memory.view.shape[2] != n_choices):
            raise ValueError("a histogram has another shape than its bins and labels")
        self.summary.n_bins[i] = memory.view.shape[1]
        self.summary.histograms[i] = <double *>memory.view.buf

    def add(self, int64_t begin, int64_t end, rts, choices):
        """Count results begin <= i < end of rts (float32) and choices (int32)."""
        cdef Memory times = floats(rts), labels = labels_of(choices)
        cdef ssm_error error
        if begin < 0 or end > times.size() or end > labels.size():
            raise ValueError("rts and choices are too short for the results asked for")
        with nogil:
            error = ssm_summarize(&self.summary, begin, end, <const float *>times.view.buf,
                                  <const int32_t *>labels.view.buf)
        if error != SSM_OK:
            _raise(error)

    def shares(self, int64_t n_samples, int64_t go, choice_p, choice_p_no_omission, omission_p,
               go_p):
        """Write the shares that follow from the counts, (n_trials, n_choices) and (n_trials, 1)."""
        cdef Memory chosen = doubles(choice_p, PyBUF_WRITABLE)
        cdef Memory answered = doubles(choice_p_no_omission, PyBUF_WRITABLE)
        cdef Memory omitted = doubles(omission_p, PyBUF_WRITABLE)
        cdef Memory gone = doubles(go_p, PyBUF_WRITABLE)
        cdef int64_t n_trials = self.summary.n_trials, n_choices = self.summary.n_choices
        cdef ssm_error error
        if (chosen.size() != n_trials * n_choices or answered.size() != n_trials * n_choices
                or omitted.size() != n_trials or gone.size() != n_trials):
            raise ValueError("sizes of shares and counts do not agree")
        with nogil:
            error = ssm_shares(&self.summary, n_samples, go, <double *>chosen.view.buf,
                               <double *>answered.view.buf, <double *>omitted.view.buf,
                               <double *>gone.view.buf)
        if error != SSM_OK:
            _raise(error)


include "_core_diffusion.pxi"
