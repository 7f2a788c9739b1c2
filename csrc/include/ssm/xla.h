/* The function that XLA calls for a likelihood, through jax.ffi. */
#ifndef SSM_XLA_H
#define SSM_XLA_H

typedef void ssm_xla_function(void);

/* An XLA_FFI_Handler, or NULL where the headers of XLA were not there when this was built.
 *
 * Arguments: data (..., n, 2), response time and choice; each parameter (..., n) or (..., 1), with the
 * same leading axes.  Results: log densities (..., n), and optionally derivatives (..., n, n_parameters).
 * All are float or double.  Attribute "likelihood": the bytes of an ssm_likelihood. */
ssm_xla_function *ssm_xla_handler(void);

#endif
