/* Many samples of one set of parameters, drawn from a table of the law.
 *
 * The density of exit at a side is that of the passage to this side alone (inverse Gaussian)
 * times the probability that the other was not visited before; see wiener.h.  Cells are evenly
 * spaced in the logarithm of time and have the probability that Simpson's rule gives them; the
 * alias method (Walker 1977) draws a cell, and the position in it follows the linear density
 * between its ends.  The distribution function is then right to about 1e-7.
 */
#include "diffusion/wiener_table.h"

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

enum { NODES = TABLE_NODES_A_SIDE, NODES_PADDED = NODES + SSM_LANES };

static void place_nodes(double first, double last, double *time)
{
    double step = vlog(splat(last / first))[0] / (NODES - 1);
    for (int i = 0; i < NODES; i += SSM_LANES) {
        vdouble number;
        for (int lane = 0; lane < SSM_LANES; lane++)
            number[lane] = i + lane;
        store(time + i, first * vexp(number * step));
    }
}

void SSM_KERNEL(wiener_tabulate)(const wiener_block *b, double from, double to, double before,
                                 wiener_part *table)
{
    double mass[TABLE_CELLS], time[NODES_PADDED], density[NODES_PADDED];
    double drift = b->scaled_drift[0], closing = b->closing[0];
    double limit = to / b->time_unit[0], end = last_time(drift, closing, limit);
    double begin = from / b->time_unit[0], sum = 0.0;
    const double ways[2] = {b->to_upper[0], b->to_lower[0]}, sides[2] = {1.0, -1.0};
    for (int i = 0; i < 2; i++) {
        double w = ways[i], first = w * w / 64.0; /* P(T < w^2 / 64) is 1e-15 */
        first = first < 0.5 * end ? first : 0.5 * end;
        place_nodes(from > 0.0 ? begin : first, end, time);
        for (int n = 0; n < NODES; n += SSM_LANES)
            store(density + n, exit_density(load(time + n), w, 0.5 * closing + sides[i] * drift,
                                            closing, b->sine[0], sides[i] * b->cosine[0]));
        sum += ssm_fill_cells(table->cell + i * TABLE_CELLS_A_SIDE, mass + i * TABLE_CELLS_A_SIDE,
                         sides[i], b->time_unit[0], time, density);
    }
    double later = end < limit || before + sum > 1.0 ? 0.0 : 1.0 - before - sum;
    if (sum + later == 0.0)
        later = 1.0; /* nothing that a double could tell from 0 */
    table->later = later;
    ssm_fill_later(table, mass, later);
    ssm_fill_slots(table->slot, mass, sum + later);
}

/* Two words of bits for each sample: a block of the generator serves two samples of a trial. */
static void draw_words(uint64_t key, uint32_t purpose, uint32_t draw, int64_t trial, int64_t begin,
                       int count, uint32_t *which, uint32_t *where)
{
    const vuint none = {0};
    vuint pair = none + stream_id(begin / 2, trial);
    for (int lane = 0; lane < SSM_LANES; lane++)
        pair[lane] += (uint64_t)lane;
    for (int i = 0; i < count; i += 2 * SSM_LANES) {
        vblock bits = philox(key, purpose, none + draw, pair);
        store_word_pairs(which + i, bits.word[0] | bits.word[2] << 32);
        store_word_pairs(where + i, bits.word[1] | bits.word[3] << 32);
        pair += SSM_LANES;
    }
}

void SSM_KERNEL(wiener_draw_from)(const wiener_part *table, const ssm_problem *p, uint32_t draw,
                                  int64_t begin, int count, wiener_block *b)
{
    enum { MAX_WORDS = WIENER_BLOCK + 2 * SSM_LANES };
    const uint32_t below = (UINT32_C(1) << (32 - TABLE_BITS)) - 1;
    uint32_t words[2][MAX_WORDS];
    const uint32_t *which = words[0] + begin % 2, *where = words[1] + begin % 2;
    draw_words(stream_key(p->seed), of_particle(STREAM_TABLE, p->particle), draw, p->first_trial,
               begin, count + (int)(begin % 2), words[0], words[1]);
    for (int i = 0; i < padded(count); i += SSM_LANES) {
        vdouble start, width, early, side;
        for (int lane = 0; lane < SSM_LANES; lane++) {
            uint32_t slot = which[i + lane] >> (32 - TABLE_BITS), other = table->slot[slot].other;
            /* without a branch, which would be taken at random */
            uint32_t kept = -(uint32_t)((which[i + lane] & below) < table->slot[slot].keep);
            const wiener_cell *cell = table->cell + ((slot & kept) | (other & ~kept));
            start[lane] = cell->start;
            width[lane] = cell->width;
            early[lane] = cell->early;
            side[lane] = cell->side;
        }
        /* Inverse of the distribution function of a linear density. */
        vdouble u = uniform(load_words_wide(where + i));
        vdouble root = vsqrt(early * early + u * (1.0 - 2.0 * early));
        store(b->exit_time + i, start + width * (u / (early + root)));
        store(b->side + i, side);
    }
}
