/* Checks that count failures and go on, so that one run shows all of them. */
#ifndef CHECK_H
#define CHECK_H

#include <math.h>
#include <stdio.h>

static int check_failures;

static inline void check_report(int ok, const char *file, int line, const char *what)
{
    if (ok)
        return;
    check_failures++;
    fprintf(stderr, "%s:%d: failed: %s\n", file, line, what);
}

#define CHECK(condition) check_report((condition) != 0, __FILE__, __LINE__, #condition)

static inline void check_near(double got, double want, double margin, const char *file, int line,
                              const char *what)
{
    if (fabs(got - want) <= margin)
        return;
    check_failures++;
    fprintf(stderr, "%s:%d: failed: %s is %.17g, wanted %.17g within %g\n", file, line, what, got,
            want, margin);
}

#define CHECK_NEAR(got, want, margin) check_near(got, want, margin, __FILE__, __LINE__, #got)

/* What main() returns. */
static inline int check_result(void)
{
    if (check_failures)
        fprintf(stderr, "%d checks failed\n", check_failures);
    return check_failures != 0;
}

#endif
