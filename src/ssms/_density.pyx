# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False
# cython: embedsignature=False, binding=True
"""The bridge to the densities of the C core: checks shapes, releases the GIL, calls one C function."""

from cpython.buffer cimport (
    PyBUF_FORMAT, PyBUF_STRIDED, PyBUF_STRIDED_RO, PyBuffer_Release, PyObject_GetBuffer,
)
from cpython.pycapsule cimport PyCapsule_GetPointer
from libc.math cimport INFINITY
from libc.stdint cimport int32_t, int64_t
from libc.string cimport memset

from threading import get_ident

include "_cancel.pxi"

cdef extern from "Python.h":
    int check_signals "PyErr_CheckSignals"() except -1

cdef extern from "Python.h" nogil:
    ctypedef struct PyThreadState
    int PyGILState_Check()
    PyThreadState *PyEval_SaveThread()
    void PyEval_RestoreThread(PyThreadState *state)

cdef extern from "ssm.h" nogil:
    ctypedef enum ssm_error:
        SSM_OK
        SSM_CANCELLED
        SSM_BAD_DATA
        SSM_NO_MEMORY
        SSM_TOO_MANY_STEPS
    const char *ssm_strerror(ssm_error error)
    ctypedef enum ssm_isa:
        pass
    const float SSM_OMISSION
    ctypedef struct ssm_problem:
        int64_t n_trials

cdef extern from "ssm/density.h" nogil:
    enum:
        SSM_LAW_PARAMETERS
        SSM_LAW_BOUNDARY
        SSM_LAW_DRIFT
    ctypedef enum ssm_accuracy:
        pass
    ctypedef struct ssm_law:
        const ssm_problem *problem
        double max_t
        double last_t
        ssm_accuracy accuracy
        int64_t n_per_trial
        int shares_at_infinity
        int64_t n_like
        const int32_t *columns
        int n_columns
    ctypedef enum ssm_law_defect:
        SSM_LAW_OK
        SSM_N_LAW_DEFECTS
    const char *ssm_law_defect_name(ssm_law_defect defect)
    double SSM_STEEPEST_BOUNDARY
    double SSM_LEVY_DRIFT_SCALE
    double SSM_LEVY_DRIFT_GROWTH
    double SSM_LEVY_DRIFT_MAX
    ssm_law_defect ssm_law_check(const ssm_law *law, int64_t *trial)
    int ssm_law_is_plain(const ssm_law *law)
    ctypedef enum ssm_probability_kind:
        pass
    ssm_error ssm_law_log_density(const ssm_law *law, ssm_isa isa, int64_t begin, int64_t end,
                                  const double *rts, const int32_t *choices, double *log_density,
                                  double *gradient, ssm_cancel *cancel)
    enum:
        SSM_LIKELIHOOD_PARAMETERS
    ctypedef struct ssm_likelihood:
        int32_t n_parameters
    int ssm_likelihood_of(const ssm_law *law, ssm_isa isa, ssm_likelihood *likelihood)
    ctypedef struct ssm_numbers:
        void *data
        int64_t stride
        int64_t is_float
    ssm_error ssm_likelihood_log_density(const ssm_likelihood *likelihood, int64_t n,
                                         const ssm_numbers *inputs, const ssm_numbers *outputs,
                                         int with_gradient, ssm_cancel *cancel)
    ssm_error ssm_law_probability(const ssm_law *law, ssm_isa isa, ssm_probability_kind kind,
                                  int64_t begin, int64_t end, const double *rts,
                                  const int32_t *choices, double *values,
                                  ssm_cancel *cancel)

cdef extern from "ssm/xla.h":
    ctypedef void ssm_xla_function()
    ssm_xla_function *ssm_xla_handler()

def times_of(const double[::1] rts):
    """Return the latest response time that is finite, 0 if none is; and whether some are omissions, and NaN."""
    cdef double latest = 0.0, rt
    cdef bint has_omissions = False, has_nan = False
    cdef Py_ssize_t i
    for i in range(rts.shape[0]):
        rt = rts[i]
        if rt > latest and rt < INFINITY:
            latest = rt
        has_omissions |= rt == SSM_OMISSION
        has_nan |= rt != rt
    return latest, has_omissions, has_nan


# Places of parameters in a row of derivatives: the core's roles, then these.
N_PARAMETERS = SSM_LAW_PARAMETERS
FIRST_OF_BOUNDARY = SSM_LAW_BOUNDARY
FIRST_OF_DRIFT = SSM_LAW_DRIFT
# In the order of their enumerations.
ACCURACIES = ("default", "slopes", "high")
PROBABILITIES = ("response by", "no response by", "mean response")

DEFECTS = (None, *(ssm_law_defect_name(<ssm_law_defect>i).decode() for i in range(1, SSM_N_LAW_DEFECTS)))
STEEPEST_BOUNDARY = SSM_STEEPEST_BOUNDARY
LEVY_DRIFT_SCALE = SSM_LEVY_DRIFT_SCALE
LEVY_DRIFT_GROWTH = SSM_LEVY_DRIFT_GROWTH
LEVY_DRIFT_MAX = SSM_LEVY_DRIFT_MAX


class TooManySteps(ValueError):
    """A solution would take more steps of time than there is room for."""


cdef _raise(ssm_error error):
    if error == SSM_CANCELLED:
        raise_pending()
        raise InterruptedError("the computation was cancelled")
    if error == SSM_NO_MEMORY:
        raise MemoryError(ssm_strerror(error).decode())
    if error == SSM_TOO_MANY_STEPS:
        raise TooManySteps(ssm_strerror(error).decode())
    raise ValueError(ssm_strerror(error).decode())


cdef class LawCall:
    """The laws of the trials of a problem that has passed its check, and which it keeps.

    Observation i, of ``n_per_trial`` for each trial, belongs to trial i // n_per_trial; all are at
    ``last_t`` at the latest.  With ``shares_at_infinity`` the log density at +inf is the log
    probability of any response with the choice.  Of every ``n_like`` trials, numerical solutions take the
    steps of that of the first one.
    """

    cdef ssm_law law
    cdef object problem
    cdef int64_t total
    cdef volatile int cancelled

    def __init__(self, problem, double max_t, double last_t, int accuracy, int64_t n_per_trial,
                 bint shares_at_infinity=False, int64_t n_like=1):
        self.problem = problem
        self.law.problem = <const ssm_problem *>PyCapsule_GetPointer(
            problem.capsule(), "ssm_problem")
        self.law.max_t = max_t
        self.law.last_t = last_t
        self.law.accuracy = <ssm_accuracy>accuracy
        self.law.n_per_trial = n_per_trial
        self.law.shares_at_infinity = shares_at_infinity
        self.law.n_like = n_like
        self.law.columns = NULL
        self.law.n_columns = 0
        self.total = self.law.problem.n_trials * n_per_trial
        self.cancelled = 0

    def check(self):
        """Return None, or a member of DEFECTS and the trial that has it."""
        cdef int64_t trial = 0
        cdef ssm_law_defect defect = ssm_law_check(&self.law, &trial)
        return None if defect == SSM_LAW_OK else (DEFECTS[<int>defect], trial)

    @property
    def is_plain(self):
        """Whether a log density is one closed expression, of a tenth of a microsecond."""
        return bool(ssm_law_is_plain(&self.law))

    def set(self):
        """Stop running calls; so that this object can serve as a CancelFlag."""
        self.cancelled = 1

    def is_set(self):
        return self.cancelled != 0

    cdef _check_sizes(self, int64_t begin, int64_t end, int64_t size):
        if begin < 0 or end > self.total or size != self.total:
            raise ValueError("arrays are not as long as there are observations")

    def log_density(self, int isa, int64_t begin, int64_t end, const double[::1] rts,
                    const int32_t[::1] choices, double[::1] values, double[:, ::1] gradient=None,
                    const int32_t[::1] columns=None):
        """Write log densities begin <= i < end, and derivatives (total, n) if given.

        ``columns``, N_PARAMETERS of them, tell in which of the n columns each derivative is counted, -1
        in none.
        """
        cdef double *derivatives = NULL
        cdef ssm_law law = self.law
        cdef int i
        cdef ssm_cancel stop = until(&self.cancelled)
        cdef ssm_error error
        self._check_sizes(begin, end, rts.shape[0])
        self._check_sizes(begin, end, choices.shape[0])
        self._check_sizes(begin, end, values.shape[0])
        if gradient is not None:
            if gradient.shape[0] != self.total or columns is None or \
                    columns.shape[0] != SSM_LAW_PARAMETERS:
                raise ValueError("derivatives have another shape than the observations")
            law.columns = &columns[0]
            law.n_columns = <int>gradient.shape[1]
            for i in range(SSM_LAW_PARAMETERS):
                if columns[i] >= law.n_columns:
                    raise ValueError("a derivative has no column")
            if self.total > 0:
                derivatives = &gradient[0, 0]
        if begin >= end:
            return
        with nogil:
            error = ssm_law_log_density(&law, <ssm_isa>isa, begin, end, &rts[0], &choices[0],
                                        &values[0], derivatives, &stop)
        if error != SSM_OK:
            _raise(error)

    def probability(self, int isa, int kind, int64_t begin, int64_t end, const double[::1] rts,
                    const int32_t[::1] choices, double[::1] values):
        """Write probabilities of a kind, an index of PROBABILITIES."""
        cdef ssm_error error
        cdef ssm_cancel stop = until(&self.cancelled)
        self._check_sizes(begin, end, rts.shape[0])
        self._check_sizes(begin, end, choices.shape[0])
        self._check_sizes(begin, end, values.shape[0])
        if begin >= end:
            return
        with nogil:
            error = ssm_law_probability(&self.law, <ssm_isa>isa, <ssm_probability_kind>kind, begin,
                                        end, &rts[0], &choices[0], &values[0], &stop)
        if error != SSM_OK:
            _raise(error)


# ---- likelihoods -------------------------------------------------------------------------------

cdef object kept = None  # an exception that machine code could not raise, and the thread it belongs to


cdef int keep_exception() noexcept with gil:
    """Run handlers of signals that have arrived; return whether one has raised, and keep that."""
    global kept
    try:
        check_signals()
    except BaseException as error:
        kept = get_ident(), error
        return 1
    return 0


cdef int raise_kept() except -1:
    """Raise the exception that machine code of this thread has left, if there is one."""
    global kept
    if kept is None or kept[0] != get_ident():
        return 0
    error, kept = kept[1], None
    raise error


cdef int32_t call_likelihood(const ssm_likelihood *likelihood, int64_t n, const ssm_numbers *numbers,
                             int64_t with_gradient) noexcept nogil:
    """`ssm_likelihood_log_density` for machine code, which may hold the GIL; outputs follow inputs.

    Handlers of signals are run where it does: a thread without the GIL may not be able to wait for it.
    `Likelihood.log_density` raises the exceptions that they have raised.
    """
    cdef PyThreadState *state = PyEval_SaveThread() if PyGILState_Check() else NULL
    cdef ssm_cancel stop = until(&never)
    stop.look = NULL
    if state != NULL:
        stop.look = keep_exception
    cdef ssm_error error = ssm_likelihood_log_density(
        likelihood, n, numbers, numbers + 2 + likelihood.n_parameters, <int>with_gradient, &stop)
    if state != NULL:
        PyEval_RestoreThread(state)
    return <int32_t>error


# Where the function above is, for compilers: int32 (address of a likelihood, int64 n, address of
# rows of int64 (address, stride in elements, whether they are float32), int64 with_gradient); 0 is
# success.
CALL_LIKELIHOOD = <size_t>&call_likelihood

# Where the function is that XLA calls, see ssm/xla.h; 0 if this was built without its headers.
XLA_HANDLER = <size_t>ssm_xla_handler()


cdef int describe(object array, int flags, int64_t n, Py_buffer *view, ssm_numbers *numbers) except -1:
    """Fill in where the numbers of an array of float64 or float32 are: n of them, or one for all."""
    PyObject_GetBuffer(array, view, flags | PyBUF_FORMAT)
    numbers.is_float = view.itemsize == sizeof(float)
    if view.format[0] != (c'f' if numbers.is_float else c'd') or view.ndim > 1 or (
            view.ndim == 1 and view.shape[0] != n and (view.shape[0] != 1 or flags == PyBUF_STRIDED)):
        PyBuffer_Release(view)
        raise ValueError("an array is not as long as there are trials, or not made of floats")
    numbers.data = view.buf
    numbers.stride = 0
    if view.ndim == 1 and view.shape[0] == n:
        numbers.stride = view.strides[0] // view.itemsize
    return 0


cdef class Likelihood:
    """The likelihood of a model whose parameters come with each call; see ssm_likelihood.

    ``columns``, N_PARAMETERS of them, tell which of the ``n_parameters`` parameters each one of the
    core is, -1 for none; the others have the values of the first trial of ``call``.  ValueError if the
    core has no such likelihood.
    """

    cdef ssm_likelihood likelihood

    def __init__(self, LawCall call not None, const int32_t[::1] columns, int n_parameters, int isa):
        cdef ssm_law law = call.law
        if columns.shape[0] != SSM_LAW_PARAMETERS or max(columns) >= n_parameters:
            raise ValueError("columns do not go with the parameters")
        law.columns, law.n_columns = &columns[0], n_parameters
        if call.total < 1 or not ssm_likelihood_of(&law, <ssm_isa>isa, &self.likelihood):
            raise ValueError("the core has no likelihood of this model")

    @property
    def address(self):
        """Where the C struct is, which lives as long as this object."""
        return <size_t>&self.likelihood

    def words(self):
        """Return the C struct as bytes; they are valid in any process with this version."""
        return (<char *>&self.likelihood)[:sizeof(ssm_likelihood)]

    def log_density(self, int64_t n, list inputs, list outputs):
        """Write log densities of n trials; return whether the data can be.

        inputs: response times, choices and each parameter, of shape (n,), (1,) or (); outputs: values,
        then derivatives by each parameter, or none of these, of shape (n,).  All are float64 or float32.
        """
        cdef Py_buffer views[3 + 2 * SSM_LIKELIHOOD_PARAMETERS]
        cdef ssm_numbers numbers[3 + 2 * SSM_LIKELIHOOD_PARAMETERS]
        cdef int n_inputs = 2 + self.likelihood.n_parameters, n_views = 0, i
        cdef ssm_error error
        cdef ssm_cancel stop = until(&never)
        cdef bint with_gradient = len(outputs) > 1
        raise_kept()
        if len(inputs) != n_inputs or len(outputs) not in (1, n_inputs - 1):
            raise ValueError("a likelihood needs an array for each input and output")
        try:
            for array in inputs:
                describe(array, PyBUF_STRIDED_RO, n, &views[n_views], &numbers[n_views])
                n_views += 1
            for array in outputs:
                describe(array, PyBUF_STRIDED, n, &views[n_views], &numbers[n_views])
                n_views += 1
            with nogil:
                error = ssm_likelihood_log_density(&self.likelihood, n, numbers, numbers + n_inputs,
                                                   with_gradient, &stop)
        finally:
            for i in range(n_views):
                PyBuffer_Release(&views[i])
        if error != SSM_OK and error != SSM_BAD_DATA:
            _raise(error)
        return error == SSM_OK
