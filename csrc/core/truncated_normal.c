/* Non-decision times from a normal distribution truncated to [0, inf), one sample at a time. */
#include <math.h>

#include "core/draws.h"
#include "core/trials.h"

/* Proposals from the normal itself, or, where that lies mostly below 0, from a shifted exponential
 * (Robert 1995). */
double ssm_truncated_normal(uint64_t key, uint64_t stream, double mean, double sd)
{
    draw_sequence draws = {key, stream, STREAM_NDT, 0};
    if (sd == 0.0)
        return mean;
    const double largest = 1e100; /* beyond it squares overflow, and the draw is 0 */
    double lowest = -mean / sd < largest ? -mean / sd : largest, z, u;
    if (lowest <= 0.5) {
        do
            z = next_normal(&draws, &u);
        while (z < lowest);
        return mean + sd * z;
    }
    double rate = 0.5 * (lowest + sqrt(lowest * lowest + 4.0)), excess;
    do {
        vblock bits = next_block(&draws);
        excess = -vlog(uniform_52(bits.word[0], bits.word[1]))[0] / rate;
        z = lowest + excess;
        u = uniform(bits.word[2])[0];
    } while (u >= scalar_exp(-0.5 * (z - rate) * (z - rate)));
    return sd * excess; /* mean + sd * lowest is 0 */
}
