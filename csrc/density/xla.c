#include "ssm/xla.h"

#ifdef SSM_XLA

#include "ssm/density.h"

#include <string.h>
#include <xla/ffi/api/c_api.h>

enum { MAX_INPUTS = 2 + SSM_LIKELIHOOD_PARAMETERS, MAX_OUTPUTS = 1 + SSM_LIKELIHOOD_PARAMETERS };

static XLA_FFI_Error *error_of(const XLA_FFI_CallFrame *frame, const char *message)
{
    XLA_FFI_Error_Create_Args args = {.struct_size = XLA_FFI_Error_Create_Args_STRUCT_SIZE,
                                      .message = message,
                                      .errc = XLA_FFI_Error_Code_INVALID_ARGUMENT};
    return frame->api->XLA_FFI_Error_Create(&args);
}

/* ---- buffers -------------------------------------------------------------------------------------------- */

static int is_float(const XLA_FFI_Buffer *buffer) { return buffer->dtype == XLA_FFI_DataType_F32; }

static int has_numbers(const XLA_FFI_Buffer *buffer)
{
    return is_float(buffer) || buffer->dtype == XLA_FFI_DataType_F64;
}

/* The numbers of a buffer at offset, offset + stride, ... */
static ssm_numbers part_of(const XLA_FFI_Buffer *buffer, int64_t offset, int64_t stride)
{
    int64_t size = is_float(buffer) ? sizeof(float) : sizeof(double);
    return (ssm_numbers){(char *)buffer->data + offset * size, stride, is_float(buffer)};
}

/* Whether the leading axes are those of data, and the last ones `last`. */
static int has_shape(const XLA_FFI_Buffer *buffer, const XLA_FFI_Buffer *data, int n_last,
                     const int64_t *last)
{
    int64_t n_leading = data->rank - 2;
    if (!has_numbers(buffer) || n_leading < 0 || buffer->rank != n_leading + n_last)
        return 0;
    for (int64_t i = 0; i < n_leading; i++)
        if (buffer->dims[i] != data->dims[i])
            return 0;
    for (int i = 0; i < n_last; i++)
        if (buffer->dims[n_leading + i] != last[i])
            return 0;
    return 1;
}

static int fits(const XLA_FFI_CallFrame *frame, const ssm_likelihood *likelihood)
{
    XLA_FFI_Buffer **args = (XLA_FFI_Buffer **)frame->args.args;
    XLA_FFI_Buffer **rets = (XLA_FFI_Buffer **)frame->rets.rets;
    const int64_t width = likelihood->n_parameters;
    if (width < 0 || width > SSM_LIKELIHOOD_PARAMETERS || frame->args.size != 1 + width ||
        frame->rets.size < 1 || frame->rets.size > 2 || args[0]->rank < 2)
        return 0;
    const int64_t n = args[0]->dims[args[0]->rank - 2], one = 1, pair[2] = {n, 2}, rows[2] = {n, width};
    int all = has_shape(args[0], args[0], 2, pair) && has_shape(rets[0], args[0], 1, &n);
    for (int64_t j = 1; j <= width; j++)
        all = all && (has_shape(args[j], args[0], 1, &n) || has_shape(args[j], args[0], 1, &one));
    return all && (frame->rets.size == 1 || has_shape(rets[1], args[0], 2, rows));
}

/* ---- the call ------------------------------------------------------------------------------------------- */

static int read_likelihood(const XLA_FFI_CallFrame *frame, ssm_likelihood *likelihood)
{
    static const char name[] = "likelihood";
    if (frame->attrs.size != 1 || frame->attrs.types[0] != XLA_FFI_AttrType_ARRAY)
        return 0;
    const XLA_FFI_ByteSpan *given = frame->attrs.names[0];
    const XLA_FFI_Array *words = (const XLA_FFI_Array *)frame->attrs.attrs[0];
    if (given->len != sizeof name - 1 || memcmp(given->ptr, name, given->len) != 0 ||
        words->dtype != XLA_FFI_DataType_U8 || words->size != sizeof *likelihood)
        return 0;
    memcpy(likelihood, words->data, sizeof *likelihood);
    return 1;
}

static XLA_FFI_Error *evaluate(const XLA_FFI_CallFrame *frame, const ssm_likelihood *likelihood)
{
    XLA_FFI_Buffer **args = (XLA_FFI_Buffer **)frame->args.args;
    XLA_FFI_Buffer **rets = (XLA_FFI_Buffer **)frame->rets.rets;
    static const int never = 0; /* JAX does not interrupt a program that runs */
    const int64_t rank = args[0]->rank, n = args[0]->dims[rank - 2], width = likelihood->n_parameters;
    int64_t n_batches = 1;
    for (int64_t i = 0; i < rank - 2; i++)
        n_batches *= args[0]->dims[i];
    for (int64_t k = 0; k < n_batches; k++) {
        ssm_numbers inputs[MAX_INPUTS], outputs[MAX_OUTPUTS];
        inputs[0] = part_of(args[0], 2 * n * k, 2);
        inputs[1] = part_of(args[0], 2 * n * k + 1, 2);
        outputs[0] = part_of(rets[0], n * k, 1);
        for (int64_t j = 0; j < width; j++) {
            int64_t length = args[1 + j]->dims[rank - 2];
            inputs[2 + j] = part_of(args[1 + j], length * k, length > 1);
            if (frame->rets.size == 2)
                outputs[1 + j] = part_of(rets[1], width * n * k + j, width);
        }
        ssm_cancel cancel = {.flag = &never};
        ssm_error error = ssm_likelihood_log_density(likelihood, n, inputs, outputs,
                                                     frame->rets.size == 2, &cancel);
        if (error != SSM_OK)
            return error_of(frame, ssm_strerror(error));
    }
    return 0;
}

/* XLA asks for the version of its headers first. */
static XLA_FFI_Error *write_metadata(XLA_FFI_Metadata *metadata)
{
    metadata->api_version =
        (XLA_FFI_Api_Version){.struct_size = XLA_FFI_Api_Version_STRUCT_SIZE,
                              .major_version = XLA_FFI_API_MAJOR,
                              .minor_version = XLA_FFI_API_MINOR};
    metadata->traits = 0;
    return 0;
}

static XLA_FFI_Error *log_density(XLA_FFI_CallFrame *frame)
{
    ssm_likelihood likelihood;
    if (frame->extension_start && frame->extension_start->type == XLA_FFI_Extension_Metadata)
        return write_metadata(((XLA_FFI_Metadata_Extension *)frame->extension_start)->metadata);
    if (frame->stage != XLA_FFI_ExecutionStage_EXECUTE)
        return error_of(frame, "a likelihood has one stage, that of execution");
    if (!read_likelihood(frame, &likelihood) || !fits(frame, &likelihood))
        return error_of(frame, "the arrays do not go with the likelihood");
    return evaluate(frame, &likelihood);
}

ssm_xla_function *ssm_xla_handler(void) { return (ssm_xla_function *)log_density; }

#else

ssm_xla_function *ssm_xla_handler(void) { return 0; }

#endif
