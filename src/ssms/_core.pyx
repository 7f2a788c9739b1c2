# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False
# cython: embedsignature=False, binding=True
"""The bridge to the C core: checks shapes, releases the GIL, calls one C function."""

from cpython.buffer cimport (
    PyBUF_C_CONTIGUOUS, PyBUF_FORMAT, PyBUF_WRITABLE, PyBuffer_Release, PyObject_GetBuffer)
from cpython.mem cimport PyMem_Calloc, PyMem_Free
from cpython.pycapsule cimport PyCapsule_New
from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t
from libc.string cimport memset, strchr, strncmp

include "_cancel.pxi"

cdef extern from "ssm.h" nogil:
    enum: SSM_MAX_PARTICLES
    enum: SSM_CURVE_PARAMETERS
    enum: SSM_MAX_EXTRAS
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

    ctypedef struct ssm_table:
        const double *values
        const double *smooth
        int64_t n_points
        int64_t n_columns
        double origin
        double density
    ssm_error ssm_find_spans(const ssm_table *table, int64_t n_rows, const double *times,
                             double closeness, double *smooth)
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
    ctypedef struct ssm_results:
        float *rts
        int32_t *choices
        float *extras[2]
    ssm_error ssm_sample(const ssm_problem *problem, ssm_method method, ssm_isa isa, int64_t begin,
                         int64_t end, const ssm_results *results, ssm_cancel *cancel)
    int ssm_path_columns(const ssm_problem *problem)
    ssm_error ssm_path(const ssm_problem *problem, ssm_method method, int64_t n_grid, float *path,
                       ssm_cancel *cancel)

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

METHODS = tuple(ssm_method_name(<ssm_method>i).decode() for i in range(SSM_N_METHODS))
NDT_KINDS = tuple(ssm_ndt_name(<ssm_ndt_kind>i).decode() for i in range(SSM_N_NDT_KINDS))
ISA_NAMES = tuple(ssm_isa_name(<ssm_isa>isa).decode() for isa in range(3))
BEST_ISA = <int>ssm_best_isa()
MAX_PARTICLES = SSM_MAX_PARTICLES
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


include "_core_problem.pxi"


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
