# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False
# cython: embedsignature=False, binding=True
"""The bridge to the kernel density of the C core: checks shapes, releases the GIL, calls it."""

from libc.stdint cimport int32_t, int64_t
from libc.string cimport memset

include "_cancel.pxi"

cdef extern from "ssm_kde.h" nogil:
    ctypedef enum ssm_isa:
        pass
    ctypedef enum ssm_error:
        SSM_OK
    ctypedef struct ssm_kde:
        const double *sample
        int64_t n
        double bandwidth
        double lowest
        int64_t n_grid
        double *total
        int32_t *beside
    void ssm_exp(ssm_isa isa, int64_t n, const double *x, double *value)
    void ssm_log(ssm_isa isa, int64_t n, const double *x, double *value)
    int64_t ssm_kde_grid_size(int64_t n, double lowest, double highest, double bandwidth)
    void ssm_kde_tabulate(const ssm_kde *kde, ssm_isa isa, double *work)
    ssm_error ssm_kde_log_density(const ssm_kde *kde, ssm_isa isa, int64_t n, const double *x,
                                  const double *floor, double *value, ssm_cancel *cancel)
    double ssm_kde_mass(const ssm_kde *kde, ssm_isa isa, double low, double high)


cdef _same_length(Py_ssize_t n, Py_ssize_t other, Py_ssize_t third):
    if n != other or n != third:
        raise ValueError(f"arrays must have the same length, got {n}, {other} and {third}")


def exp(int isa, const double[::1] x, double[::1] value):
    """Set value to exp(x)."""
    _same_length(x.shape[0], value.shape[0], value.shape[0])
    if x.shape[0]:
        with nogil:
            ssm_exp(<ssm_isa>isa, x.shape[0], &x[0], &value[0])


def log(int isa, const double[::1] x, double[::1] value):
    """Set value to the natural logarithm of x."""
    _same_length(x.shape[0], value.shape[0], value.shape[0])
    if x.shape[0]:
        with nogil:
            ssm_log(<ssm_isa>isa, x.shape[0], &x[0], &value[0])


def grid_size(int64_t n, double lowest, double highest, double bandwidth):
    """Return the number of points of a density's grid; 0 if it has none."""
    return ssm_kde_grid_size(n, lowest, highest, bandwidth)


cdef class Density:
    """A sample, its bandwidth and, where there is one, the grid: arrays that the caller owns."""

    cdef ssm_kde kde
    cdef ssm_isa isa
    cdef object arrays

    def __init__(
        self,
        int isa,
        const double[::1] sample,
        double bandwidth,
        double lowest,
        double[::1] total,
        int32_t[::1] beside,
        double[::1] work,
    ):
        _same_length(total.shape[0], beside.shape[0], work.shape[0])
        if sample.shape[0] == 0:
            raise ValueError("the sample is empty")
        self.arrays = sample, total, beside
        self.isa = <ssm_isa>isa
        self.kde.sample = &sample[0]
        self.kde.n = sample.shape[0]
        self.kde.bandwidth = bandwidth
        self.kde.lowest = lowest
        self.kde.n_grid = total.shape[0]
        if self.kde.n_grid:
            self.kde.total = &total[0]
            self.kde.beside = &beside[0]
            with nogil:
                ssm_kde_tabulate(&self.kde, self.isa, &work[0])

    def log_density(self, const double[::1] x, const double[::1] floor, double[::1] value):
        """Set value to the log density at x."""
        cdef ssm_error error
        cdef ssm_cancel stop = until(&never)
        _same_length(x.shape[0], floor.shape[0], value.shape[0])
        if x.shape[0]:
            with nogil:
                error = ssm_kde_log_density(&self.kde, self.isa, x.shape[0], &x[0], &floor[0],
                                            &value[0], &stop)
            if error != SSM_OK:
                raise_pending()

    def mass(self, double low, double high):
        """Return the integral of the density from low to high."""
        cdef double value
        with nogil:
            value = ssm_kde_mass(&self.kde, self.isa, low, high)
        return value
