# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False
# cython: embedsignature=False, binding=True
"""The bridge to the C core: checks shapes, releases the GIL, calls one C function."""

from cpython.buffer cimport (
    PyBUF_C_CONTIGUOUS, PyBUF_FORMAT, PyBUF_WRITABLE, PyBuffer_Release, PyObject_GetBuffer)
from cpython.dict cimport PyDict_GetItem
from cpython.float cimport PyFloat_Check
from cpython.long cimport PyLong_CheckExact
from cpython.mem cimport PyMem_Calloc, PyMem_Free
from cpython.object cimport PyObject
from cpython.pycapsule cimport PyCapsule_New
from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset, strchr, strncmp

include "_cancel.pxi"

cdef extern from "ssm.h" nogil:
    enum: SSM_MAX_PARTICLES
    enum: SSM_CURVE_PARAMETERS
    int64_t SSM_MAX_COUNT
    const float SSM_OMISSION
    const float SSM_NO_RESPONSE_TIME
    double SSM_LAST_TIME
    double SSM_USUAL_MAX_T
    enum: SSM_MAX_STEPS
    enum: SSM_N_ROLES
    enum: SSM_N_PROCESSES
    enum: SSM_N_NDT_KINDS
    enum: SSM_N_METHODS
    ctypedef enum ssm_error:
        SSM_OK
        SSM_CANCELLED
        SSM_BAD_VALUE
    ctypedef enum ssm_isa:
        pass
    ctypedef enum ssm_allowed:
        pass
    ctypedef enum ssm_role:
        SSM_NOISE
    ctypedef enum ssm_process_kind:
        pass
    ctypedef enum ssm_ndt_kind:
        pass
    ctypedef enum ssm_method:
        pass
    const char *ssm_strerror(ssm_error error)
    ssm_isa ssm_best_isa()
    const char *ssm_isa_name(ssm_isa isa)
    const char *ssm_allowed_words(ssm_allowed allowed)
    int ssm_is_allowed(ssm_allowed allowed, double value)
    const char *ssm_role_name(ssm_role role)
    const char *ssm_ndt_name(ssm_ndt_kind kind)
    const char *ssm_method_name(ssm_method method)

    ctypedef struct ssm_role_row:
        ssm_role role
        ssm_allowed allowed
        double value
        int per_particle
    ctypedef struct ssm_process_row:
        const char *name
        int n_roles
        const ssm_role_row *roles
        int has_boundary
        int has_drift
        int n_extras
    const ssm_process_row *ssm_process(ssm_process_kind kind)
    ctypedef struct ssm_parameter_row:
        const char *name
        ssm_allowed allowed
        double value
    ctypedef struct ssm_curve_row:
        const char *name
        int n_parameters
        int n_columns
        int is_linear
        int is_piecewise_constant
        ssm_parameter_row parameters[12]
    const ssm_curve_row *ssm_boundary(int kind)
    const ssm_curve_row *ssm_drift(int kind)

    enum: SSM_CURVE_COLUMNS
    ctypedef struct ssm_knot:
        double time
    ctypedef struct ssm_table:
        const ssm_knot *knots
        const int32_t *index
        int64_t n_cells
    ctypedef struct ssm_samples:
        const double *times
        const double *values
        int64_t n
        int n_columns
        double scale[2]
    int64_t ssm_find_bends(const ssm_samples *samples, double allowed, double shortest,
                           int32_t *cells)
    int64_t ssm_find_knots(const ssm_samples *samples, double allowed, int32_t *at)
    void ssm_set_knots(const ssm_samples *samples, double allowed, const int32_t *at, int64_t n,
                       ssm_knot *knots)
    int64_t ssm_n_cells(double max_t)
    void ssm_index_knots(const ssm_knot *knots, int64_t n, int64_t number, int64_t n_cells,
                         int32_t *index)
    ctypedef struct ssm_column:
        const double *data
        int64_t stride
    ctypedef struct ssm_curve:
        int kind
        const ssm_curve_row *row
        ssm_column parameters[12]
        ssm_table table
    ctypedef enum ssm_continuation:
        SSM_GAZE_HELD
        SSM_GAZE_CONTINUED
        SSM_GAZE_RESAMPLED
    enum: SSM_GAZE_REACH
    ctypedef struct ssm_gaze:
        const double *onsets
        const double *counts
        const double *firsts
        int64_t n_columns
        int of_samples
        ssm_continuation continuation
        const double *log_durations
        int64_t n_durations
    ctypedef struct ssm_problem:
        ssm_process_kind process
        int n_particles
        int64_t n_samples
        int64_t n_trials
        int64_t first_trial
        uint64_t seed
        double max_t
        ssm_ndt_kind ndt_kind
        uint32_t played
        ssm_column column[1][16]
        ssm_curve boundary
        ssm_curve drift
        ssm_gaze gaze
        int start_is_relative
        int variant
        double delta_t
        int smooth_times
    ctypedef enum ssm_fault_place:
        SSM_FAULT_ROLE
        SSM_FAULT_BOUNDARY
        SSM_FAULT_DRIFT
    ctypedef struct ssm_fault:
        ssm_fault_place place
        ssm_role role
        int particle
        int parameter
        int64_t trial
        const char *words
    ssm_error ssm_check_trials(const ssm_problem *problem, int64_t begin, int64_t end,
                               ssm_fault *fault)
    int64_t ssm_first_bad_gaze(const ssm_gaze *gaze, int64_t n_rows)
    int64_t ssm_count_wide_starts(const ssm_problem *problem)
    ctypedef struct ssm_results:
        float *rts
        int32_t *choices
        float *extras[2]
    ssm_error ssm_sample(const ssm_problem *problem, ssm_method method, ssm_isa isa, int64_t begin,
                         int64_t end, const ssm_results *results, ssm_cancel *cancel)
    int ssm_path_columns(const ssm_problem *problem)
    ssm_error ssm_path(const ssm_problem *problem, ssm_method method, int64_t n_grid, float *path,
                       ssm_cancel *cancel)

cdef extern from "ssm/summary.h" nogil:
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
                         double *go_p, double *nogo_p)

METHODS = tuple(ssm_method_name(<ssm_method>i).decode() for i in range(SSM_N_METHODS))
NDT_KINDS = tuple(ssm_ndt_name(<ssm_ndt_kind>i).decode() for i in range(SSM_N_NDT_KINDS))
ISA_NAMES = tuple(ssm_isa_name(<ssm_isa>isa).decode() for isa in range(3))
BEST_ISA = <int>ssm_best_isa()
MAX_COUNT = SSM_MAX_COUNT
MAX_PARTICLES = SSM_MAX_PARTICLES
OMISSION = <double>SSM_OMISSION
NO_RESPONSE_TIME = <double>SSM_NO_RESPONSE_TIME
LAST_TIME = SSM_LAST_TIME
USUAL_MAX_T = SSM_USUAL_MAX_T
MAX_STEPS = SSM_MAX_STEPS
GAZE_REACH = <int>SSM_GAZE_REACH
CONTINUATIONS = {"held": <int>SSM_GAZE_HELD, "continued": <int>SSM_GAZE_CONTINUED,
                 "resampled": <int>SSM_GAZE_RESAMPLED}

cdef _raise(ssm_error error):
    if error == SSM_CANCELLED:
        raise_pending()
        raise InterruptedError(ssm_strerror(error).decode())
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


def read_numbers(dict values, names, column):
    """Write the numbers of a dict to column (n_names, 1) float64, in the order of names.

    Returns whether there is a float or int for each name; else the written values are invalid.
    """
    cdef Memory memory = doubles(column, PyBUF_WRITABLE)
    cdef Py_ssize_t i = 0
    cdef PyObject *value
    if memory.size() != len(names):
        raise ValueError("a column needs a place for each name")
    for name in names:
        value = PyDict_GetItem(values, name)
        if value == NULL or not (PyFloat_Check(<object>value) or PyLong_CheckExact(<object>value)):
            return False
        try:
            (<double *>memory.view.buf)[i] = <object>value
        except OverflowError:
            return False
        i += 1
    return True


include "_core_problem.pxi"


def summarize(rts, choices, int64_t n_trials, labels, double max_t, tuple histograms, int64_t go,
              tuple shares):
    """Count results by trial and choice, and by bin of time and choice; see ssm.h.

    ``rts`` (float32) and ``choices`` (int32) are sample-major, ``labels`` is (n_choices,) int32.
    Counts are added to two ``histograms``, (1, n_bins, n_choices) float64.  ``shares`` are written:
    of each choice, (n_trials, n_choices), of each choice among responses, of omissions,
    (n_trials, 1), of responses with choice number ``go``, and of the rest; () if not wanted.
    """
    cdef Memory times = floats(rts), chosen = labels_of(choices), possible = labels_of(labels)
    cdef ssm_summary summary
    cdef ssm_error error
    cdef int64_t n_choices = possible.size(), n_results = times.size()
    cdef Memory histogram
    cdef int i, n_shares = len(shares)
    cdef double *written[5]
    if len(histograms) != 2 or n_shares not in (0, 5):
        raise ValueError("a summary needs two histograms, and all shares or none")
    if n_choices < 1 or n_trials < 1 or chosen.size() != n_results or n_results % n_trials:
        raise ValueError("a summary needs labels, trials, and as many choices as times")
    summary.n_trials, summary.n_choices, summary.max_t = n_trials, n_choices, max_t
    summary.possible_choices = <const int32_t *>possible.view.buf
    held = [doubles(array, PyBUF_WRITABLE) for array in histograms + shares]
    for i in range(2):
        histogram = <Memory>held[i]
        if (histogram.view.ndim != 3 or histogram.view.shape[0] != 1
                or histogram.view.shape[1] < 2 or histogram.view.shape[2] != n_choices):
            raise ValueError("a histogram has another shape than its bins and labels")
        summary.n_bins[i] = histogram.view.shape[1]
        summary.histograms[i] = <double *>histogram.view.buf
    for i in range(n_shares):
        if (<Memory>held[2 + i]).size() != n_trials * (n_choices if i < 2 else 1):
            raise ValueError("sizes of shares and counts do not agree")
        written[i] = <double *>(<Memory>held[2 + i]).view.buf
    summary.counts = <int64_t *>PyMem_Calloc(n_trials * (2 * n_choices + 1), sizeof(int64_t))
    if summary.counts == NULL:
        raise MemoryError("no memory for the counts of a summary")
    with nogil:
        error = ssm_summarize(&summary, 0, n_results, <const float *>times.view.buf,
                              <const int32_t *>chosen.view.buf)
        if error == SSM_OK and n_shares == 5:
            error = ssm_shares(&summary, n_results // n_trials, go, written[0], written[1],
                               written[2], written[3], written[4])
    PyMem_Free(summary.counts)
    if error != SSM_OK:
        _raise(error)
