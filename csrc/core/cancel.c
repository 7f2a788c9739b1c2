/* Whether a call is to stop, as the caller says from outside the core. */
#include <time.h>

#include "ssm.h"

static double now(void)
{
    struct timespec time;
    timespec_get(&time, TIME_UTC);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

int ssm_cancel_look(ssm_cancel *cancel)
{
    const double seconds_between_looks = 0.1;
    double time = now(), passed = time - cancel->looked;
    if (cancel->looked == 0.0) {
        cancel->looked = time;
    } else if (!(passed >= 0.0 && passed < seconds_between_looks)) { /* clocks are set back, too */
        cancel->looked = time;
        cancel->stopped = cancel->look() != 0;
    }
    return cancel->stopped;
}
