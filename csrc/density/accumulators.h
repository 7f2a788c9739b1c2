/* Laws of the finishing time of one accumulator of a race, and of the winner of several.
 *
 * Accumulators are independent: the first to finish wins, f_winner times the survival of the others.
 * Densities and survivals are logarithms, and keep their relative accuracy in the tails.
 */
#ifndef SSM_ACCUMULATORS_H
#define SSM_ACCUMULATORS_H

/* Racing diffusion: dx = drift dt + dW from U(0, range), or 0, to the threshold (Logan, Van Zandt,
 * Verbruggen & Wagenmakers 2014; Tillman, Van Zandt & Logan 2020).  Starts above the threshold have
 * finished at 0: they are no part of the density, nor of the survival. */
double wald_log_density(double drift, double range, double threshold, double t);
double wald_log_survival(double drift, double range, double threshold, double t);

/* Race with a floor: dx = drift dt + dW, reflected at 0, from start to the boundary (Carslaw & Jaeger:
 * the Robin problem; series for long, images for short times). */
enum { REFLECTED_MODES = 16 };

typedef struct {
    double k, x, boundary; /* drift and start in units of the boundary */
    double rates[REFLECTED_MODES], terms[REFLECTED_MODES], least; /* of the series */
} reflected_law;

reflected_law reflected_law_of(double drift, double start, double boundary);
double reflected_log_density(const reflected_law *law, double t);
double reflected_log_survival(const reflected_law *law, double t);

/* Ballistic: x = k + |V| t, k from U(0, range) or 0, V from N(mean, sd), to threshold - collapse t
 * (Brown & Heathcote 2008, but the drift is folded and not truncated). */
double ballistic_log_density(double mean, double sd, double range, double threshold,
                             double collapse, double t);
double ballistic_log_survival(double mean, double sd, double range, double threshold,
                              double collapse, double t);

/* Counting: the count-th event of a Poisson process; the count may be any positive number (Townsend &
 * Ashby 1983). */
double counter_log_density(double rate, double count, double t);
double counter_log_survival(double rate, double count, double t);

#endif
