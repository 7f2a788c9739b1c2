/* Many samples of one set of parameters, drawn from a table of the law.
 *
 * The density of exit at a side is that of the passage to this side alone (inverse Gaussian)
 * times the probability that the other was not visited before; see wiener.h.  Cells are evenly
 * spaced in the logarithm of time and have the probability that Simpson's rule gives them; the
 * alias method (Walker 1977; Vose 1991) draws a cell, and the position in it follows the linear
 * density between its ends.  The distribution function is then right to about 1e-7.
 */
#include "wiener_table.h"

/* f_side(t): w / sqrt(2 pi t^3) exp(-(w - speed t)^2 / (2 t)) P(other side not visited). */
static inline vdouble exit_density(vdouble t, double w, double speed, double closing, double sine,
                                   double cosine)
{
    const double inverse_sqrt_2_pi = 0x1.9884533d43651p-2;
    vdouble inverse = 1.0 / t, distance = w - speed * t;
    vdouble shrink = 1.0 - closing * t, clock = t / shrink;
    vdouble chance_times_w =
        no_visit_times_w(clock, 1.0 / clock, splat(w), splat(sine), splat(cosine));
    vdouble density = inverse_sqrt_2_pi * inverse * vsqrt(inverse) *
                      vexp(-0.5 * distance * distance * inverse) * chance_times_w;
    return choose((shrink > 0.0) & (density > 0.0), density, splat(0.0));
}

/* Time by which nearly all have left (all but 1e-13 without slope), or the limit if that is
 * earlier or the boundaries open. */
static double last_time(double drift, double closing, double limit)
{
    /* The density falls like exp(-(pi^2 + drift^2) t / 2), from at most exp(|drift|). */
    const double pi_squared = 0x1.3bd3cc9be45dep+3;
    double late = (60.0 + 2.0 * fabs(drift)) / (pi_squared + drift * drift);
    const double late_clock = 6.1; /* exp(-pi^2 6.1 / 2) is 1e-13 */
    double end = late_clock / (1.0 + closing * late_clock);
    end = late < end ? late : end;
    return closing < 0.0 || end > limit ? limit : end;
}

/* Ends and middles of the cells of one side, and the density at each. */
enum { NODES = 2 * TABLE_CELLS_A_SIDE + 8 };

static void place_nodes(double first, double last, double *time)
{
    double step = vlog(splat(last / first))[0] / (2 * TABLE_CELLS_A_SIDE);
    for (int i = 0; i < NODES; i += SSM_LANES) {
        vdouble number;
        for (int lane = 0; lane < SSM_LANES; lane++)
            number[lane] = i + lane;
        store(time + i, first * vexp(number * step));
    }
}

/* Cells of one side, with their probabilities; returns the sum of these. */
static double fill_side(wiener_table *table, int first_cell, double *mass, const double *time,
                        double w, double speed, double closing, double sine, double cosine)
{
    double density[NODES], sum = 0.0;
    for (int i = 0; i < NODES; i += SSM_LANES)
        store(density + i, exit_density(load(time + i), w, speed, closing, sine, cosine));
    for (int c = 0; c < TABLE_CELLS_A_SIDE; c++) {
        int cell = first_cell + c;
        /* The middle in the logarithm is not the middle: a parabola through all three. */
        double t0 = time[2 * c], tm = time[2 * c + 1], t1 = time[2 * c + 2], h = t1 - t0;
        double f0 = density[2 * c], fm = density[2 * c + 1], f1 = density[2 * c + 2];
        double r = (tm - t0) / h;
        double weight_m = 1.0 / (6.0 * r * (1.0 - r));
        double weight_0 = 0.5 - (1.0 - r) * weight_m, weight_1 = 0.5 - r * weight_m;
        double m = h * (weight_0 * f0 + weight_m * fm + weight_1 * f1);
        table->start[cell] = t0;
        table->width[cell] = h;
        table->early[cell] = f0;
        table->late[cell] = f1;
        mass[cell] = m > 0.0 ? m : 0.0;
        sum += mass[cell];
    }
    return sum;
}

/* Alias method in the form of Vose (1991). */
static void make_alias(wiener_table *table, const double *mass, double sum)
{
    int32_t small[TABLE_CELLS], large[TABLE_CELLS];
    int n_small = 0, n_large = 0;
    for (int j = 0; j < TABLE_CELLS; j++) {
        table->keep[j] = mass[j] * TABLE_CELLS / sum;
        table->alias[j] = j;
        if (table->keep[j] < 1.0)
            small[n_small++] = j;
        else
            large[n_large++] = j;
    }
    while (n_small > 0 && n_large > 0) {
        int32_t poor = small[--n_small], rich = large[n_large - 1];
        table->alias[poor] = rich;
        table->keep[rich] -= 1.0 - table->keep[poor];
        if (table->keep[rich] < 1.0) {
            n_large--;
            small[n_small++] = rich;
        }
    }
    while (n_small > 0) /* what is left differs from 1 by rounding */
        table->keep[small[--n_small]] = 1.0;
    while (n_large > 0)
        table->keep[large[--n_large]] = 1.0;
}

void SSM_KERNEL(wiener_tabulate)(const ssm_wiener *p, const wiener_block *b, wiener_table *table)
{
    double mass[TABLE_CELLS], time[NODES], drift = b->scaled_drift[0], slope = 0.5 * b->closing[0];
    double limit = p->max_t / b->time_unit[0], end = last_time(drift, b->closing[0], limit);
    double sum = 0.0;
    const double ways[2] = {b->to_upper[0], b->to_lower[0]};
    for (int side = 0; side < 2; side++) {
        double w = ways[side], first = w * w / 64.0; /* P(T < w^2 / 64) is 1e-15 */
        place_nodes(first < 0.5 * end ? first : 0.5 * end, end, time);
        sum += fill_side(table, side * TABLE_CELLS_A_SIDE, mass, time, w,
                         slope + (side == 0 ? drift : -drift), b->closing[0], b->sine[0],
                         side == 0 ? b->cosine[0] : -b->cosine[0]);
    }
    table->p_later = end < limit || sum > 1.0 ? 0.0 : 1.0 - sum;
    make_alias(table, mass, sum);
}

void SSM_KERNEL(wiener_draw_from)(const wiener_table *table, uint64_t key, int count,
                                  wiener_block *b)
{
    const vuint none = {0};
    enum { TABLE_DRAW = 2 };
    for (int i = 0; i < padded(count); i += SSM_LANES) {
        vblock bits = philox(key, STREAM_PROCESS, none + TABLE_DRAW, load_bits(b->stream + i));
        vdouble place = uniform_52(bits.word[0], bits.word[1]) * (double)TABLE_CELLS;
        vdouble u = uniform(bits.word[2]);
        vint later = uniform(bits.word[3]) < table->p_later;
        vdouble start, width, early, late, side;
        for (int lane = 0; lane < SSM_LANES; lane++) {
            int32_t cell = (int32_t)place[lane];
            cell = place[lane] - cell < table->keep[cell] ? cell : table->alias[cell];
            start[lane] = table->start[cell];
            width[lane] = table->width[cell];
            early[lane] = table->early[cell];
            late[lane] = table->late[cell];
            side[lane] = cell < TABLE_CELLS_A_SIDE ? 1.0 : -1.0;
        }
        /* Inverse of the distribution function of a linear density. */
        vdouble sum = early + late;
        vdouble root = vsqrt(early * early + u * ((late - early) * sum));
        vdouble time = start + width * (u * sum / (early + root));
        time = choose(later, splat(INFINITY), time * b->time_unit[0]);
        store(b->exit_time + i, time);
        store(b->side + i, side);
    }
}
