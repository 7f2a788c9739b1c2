/* Names of the kernels: one function for each instruction set that a file is compiled for. */
#ifndef SSM_KERNELS_H
#define SSM_KERNELS_H

#define SSM_JOIN_(name, isa) ssm_##name##_##isa
#define SSM_JOIN(name, isa) SSM_JOIN_(name, isa)

/* SSM_ISA is set by the build; code that is compiled once only is not a kernel. */
#ifdef SSM_ISA
#define SSM_KERNEL(name) SSM_JOIN(name, SSM_ISA)
#endif

/* Declares a kernel for every instruction set of this build. */
#ifdef SSM_X86
#define SSM_DECLARE_KERNEL(result, name, arguments) \
    result ssm_##name##_baseline arguments;         \
    result ssm_##name##_avx2 arguments;             \
    result ssm_##name##_avx512 arguments
#define SSM_CALL_KERNEL(isa, name, arguments)                        \
    ((isa) == SSM_ISA_AVX512 ? ssm_##name##_avx512 arguments         \
     : (isa) == SSM_ISA_AVX2 ? ssm_##name##_avx2 arguments           \
                             : ssm_##name##_baseline arguments)
#else
#define SSM_DECLARE_KERNEL(result, name, arguments) result ssm_##name##_baseline arguments
#define SSM_CALL_KERNEL(isa, name, arguments) ((void)(isa), ssm_##name##_baseline arguments)
#endif

#endif
