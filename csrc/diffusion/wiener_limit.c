/* The side of a sample of the Wiener sampler that is undecided at its limit: rare, and one at a time. */
#include "core/draws.h"

#include "diffusion/wiener.h"

/* Images for small times, sines for large ones. */
double ssm_stay_probability(double x, double y, double time)
{
    const double two_pi = 0x1.921fb54442d18p+2, half_pi_squared = 0x1.3bd3cc9be45dep+2;
    if (time < 1.0) {
        double sum = 0.0;
        for (int k = -4; k <= 4; k++)
            sum += scalar_exp(2.0 * k * ((y - x) - k) / time) -
                   scalar_exp(-2.0 * (x - k) * (y - k) / time);
        return sum;
    }
    double sine_x = sin_half_turn(splat(x))[0], sine_y = sin_half_turn(splat(y))[0];
    double first = sine_x * sine_y, y3 = scalar_exp(-3.0 * half_pi_squared * time);
    double cosines = cos_half_turn(splat(x))[0] * cos_half_turn(splat(y))[0];
    double exponent = (y - x) * (y - x) / (2.0 * time) - half_pi_squared * time;
    return 2.0 * first * (1.0 + 4.0 * y3 * cosines) * sqrt(two_pi * time) * scalar_exp(exponent);
}

/* Whether u is below ssm_stay_probability(), which bounds decide most of the time. */
static int stays(double u, double x, double y, double time)
{
    double low = scalar_exp(-2.0 * x * y / time);
    double high = scalar_exp(-2.0 * (1.0 - x) * (1.0 - y) / time);
    if (u < 1.0 - low - high)
        return 1;
    return u < 1.0 - (low > high ? low : high) && u < ssm_stay_probability(x, y, time);
}

static int32_t side_of(double position, draw_sequence *draws)
{
    if (position != 0.0)
        return position > 0.0 ? 1 : -1;
    double fair_coin;
    next_normal(draws, &fair_coin);
    return fair_coin < 0.5 ? -1 : 1;
}

/* Propose the position at the limit of a process without boundaries, accept it with the
 * probability that the boundaries were not met on the way.  A sample is undecided with the
 * probability with which a proposal is accepted, so this takes one proposal a sample of the call
 * on average, however rare undecided samples are. */
int32_t ssm_wiener_omitted_side(const wiener_block *b, int i, uint64_t seed, double limit,
                                double *place)
{
    draw_sequence draws = {stream_key(seed), b->stream[i],
                           of_particle(STREAM_OMISSION, b->particle), 0};
    const uint32_t most_proposals = 100000; /* reached only where rounding decides */
    double x = b->to_lower[i], middle = 0.5 * (b->to_lower[i] - b->to_upper[i]);
    *place = NAN;
    if (limit <= 0.0 || x <= 0.0 || b->to_upper[i] <= 0.0)
        return side_of(middle, &draws);
    if (b->noise[i] == 0.0)
        return side_of(2.0 * b->boundary[i] * middle +
                           (b->drift[i] != 0.0 ? b->drift[i] * limit : 0.0),
                       &draws);

    double time = limit / b->time_unit[i], drift = b->scaled_drift[i];
    double shrink = 1.0 - b->closing[i] * time;
    while (draws.draw < most_proposals && shrink > 0.0) {
        double u, y = x - 0.5 + drift * time + sqrt(time) * next_normal(&draws, &u);
        double end = 0.5 + y / shrink;
        if (end > 0.0 && end < 1.0 && stays(u, x, end, time / shrink)) {
            *place = end;
            return side_of(y, &draws);
        }
    }
    return side_of(drift, &draws);
}
