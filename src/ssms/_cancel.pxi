# How a call of the core is stopped, by Ctrl-C or by another thread: part of each extension.

cdef extern from "Python.h":
    int PyErr_CheckSignals() noexcept
    void *PyErr_Occurred() noexcept

cdef extern from "ssm.h" nogil:
    ctypedef struct ssm_cancel:
        const volatile int *flag
        int (*look)() noexcept nogil


cdef int never = 0  # a flag that nobody sets


cdef int run_signal_handlers() noexcept with gil:
    """Run handlers of signals that have arrived; return whether one has raised, and keep that."""
    return PyErr_CheckSignals()


cdef inline ssm_cancel until(const volatile int *flag) noexcept nogil:
    """Return the sources that can stop a call: a flag, and the handlers of signals.

    Python runs these in the main thread alone, which is in the core: the core asks for them.
    """
    cdef ssm_cancel cancel
    memset(&cancel, 0, sizeof(cancel))
    cancel.flag = flag
    cancel.look = run_signal_handlers
    return cancel


cdef int raise_pending() except -1:
    """Raise the exception of a signal's handler, if there is one."""
    return -1 if PyErr_Occurred() != NULL else 0
