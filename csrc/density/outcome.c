#include "density/outcome.h"

#include "density/gauss.h"
#include "density/special.h"

#include <math.h>

/* Log times are searched between -40 and 40, and panels are this wide at most. */
#define WIDTH (80.0 / OUTCOME_PANELS)

/* Difference between rules of 8 and 12 nodes; the latter's own error is far smaller.  A panel is halved at
 * most so often: densities may have edges. */
#define TOLERANCE 1e-8
enum { HALVINGS = 10 };

outcome_limits limits_of(const ssm_law *law)
{
    return (outcome_limits){.deadline = INFINITY, .max_t = law->max_t,
                            .shares_at_infinity = law->shares_at_infinity};
}

static double decision_log_density(const outcome_law *law, int outcome, double t)
{
    if (t == 0.0) /* no density, but the probability of an atom */
        return log(law->at_once(law->law, outcome));
    if (!(t > EARLIEST) || isinf(t))
        return -INFINITY;
    double value = law->log_density(law->law, outcome, t);
    return value > -INFINITY && value < INFINITY ? value : -INFINITY; /* also if it is no number */
}

static double decision_log_survival(const outcome_law *law, double t)
{
    if (t < 0.0)
        return 0.0;
    double value = law->log_survival(law->law, t > EARLIEST ? t : 0.0);
    return value > -INFINITY ? fmin(value, 0.0) : -INFINITY;
}

/* The latest decision that makes a response by rt. */
static double latest(const outcome_law *law, double rt)
{
    return fmin(fmin(rt, law->limits.deadline) - law->limits.ndt, law->limits.max_t);
}

double outcome_log_density(const outcome_law *law, int outcome, double rt)
{
    if (!law->log_density)
        return log(law->share(law->law, outcome, 0.0));
    if (rt == (double)SSM_OMISSION)
        return decision_log_survival(law, latest(law, INFINITY));
    if (rt == INFINITY && law->limits.shares_at_infinity)
        return log(outcome_probability(law, SSM_RESPONSE_BY, outcome, INFINITY, 0));
    if (!(rt < law->limits.deadline && rt - law->limits.ndt <= law->limits.max_t))
        return -INFINITY;
    return decision_log_density(law, outcome, rt - law->limits.ndt);
}

/* Where nearly none or nearly all paths have arrived: bisection of the log survival in log time. */
static double time_of(const outcome_law *law, double log_survival)
{
    double low = -40.0, high = 40.0;
    while (high - low > 0.05) {
        double middle = 0.5 * (low + high);
        *(decision_log_survival(law, exp(middle)) > log_survival ? &low : &high) = middle;
    }
    return log_survival > -30.0 ? low : high;
}

/* The same for one outcome, from its probability, where that is known. */
static double time_of_share(const outcome_law *law, int outcome, double part)
{
    double low = -40.0, high = 40.0, wanted = part * law->share(law->law, outcome, INFINITY);
    while (high - low > 0.05) {
        double middle = 0.5 * (low + high);
        *(law->share(law->law, outcome, exp(middle)) < wanted ? &low : &high) = middle;
    }
    return part < 0.5 ? low : high;
}

static double gauss_sum(const outcome_law *law, int outcome, double from, double to, int moment,
                        int nodes)
{
    const gauss_rule *rule = gauss_at_least(nodes);
    double sum = 0.0, ndt = law->limits.ndt;
    for (int k = 0; k < rule->n; k++) {
        double weight, u = gauss_node(rule, k, from, to, &weight), t = exp(u);
        weight *= moment ? t * (t + ndt) : t;
        sum += weight * exp(decision_log_density(law, outcome, t));
    }
    return sum;
}

/* The integral of the density, or of the time of response, over log times: halved until two rules agree. */
static double halved(const outcome_law *law, int outcome, double from, double to, int moment,
                     int halvings)
{
    double value = gauss_sum(law, outcome, from, to, moment, 12);
    double change = value - gauss_sum(law, outcome, from, to, moment, 8);
    if (halvings == 0 || !(fabs(change) > TOLERANCE * (1.0 + value)))
        return value;
    double middle = 0.5 * (from + to);
    return halved(law, outcome, from, middle, moment, halvings - 1) +
           halved(law, outcome, middle, to, moment, halvings - 1);
}

static double panel(const outcome_law *law, int outcome, double from, double to, int moment)
{
    double jump = log(law->jump);
    if (!(from < jump && jump < to))
        return halved(law, outcome, from, to, moment, HALVINGS);
    return halved(law, outcome, from, jump, moment, HALVINGS) +
           halved(law, outcome, jump, to, moment, HALVINGS);
}

static void begin_sums(const outcome_law *law, int outcome, int moment, outcome_sums *sums)
{
    double at_0 = decision_log_survival(law, 0.0);
    double low = law->share ? time_of_share(law, outcome, 1e-15) : time_of(law, at_0 - 1e-15);
    double high = law->share ? time_of_share(law, outcome, 1.0 - 1e-13) : time_of(law, -36.0);
    sums->low = low;
    sums->panels = high > low ? (int)ceil((high - low) / WIDTH) : 0;
    sums->step = (high - low) / fmax(sums->panels, 1);
    sums->n_known = 0;
    sums->before[0] = law->at_once(law->law, outcome) * (moment ? law->limits.ndt : 1.0);
}

static double integral(const outcome_law *law, int outcome, double until, int moment,
                       outcome_sums *sums)
{
    if (!(until >= 0.0))
        return 0.0;
    if (sums->n_known < 0)
        begin_sums(law, outcome, moment, sums);
    double end = until > 0.0 ? (log(until) - sums->low) / sums->step : 0.0;
    int whole = (int)fmin(fmax(end, 0.0), sums->panels);
    for (; sums->n_known < whole; sums->n_known++) {
        double from = sums->low + sums->n_known * sums->step;
        sums->before[sums->n_known + 1] =
            sums->before[sums->n_known] + panel(law, outcome, from, from + sums->step, moment);
    }
    if (!(end > whole) || whole == sums->panels)
        return sums->before[whole];
    return sums->before[whole] +
           panel(law, outcome, sums->low + whole * sums->step, log(until), moment);
}

double outcome_probability(const outcome_law *law, ssm_probability_kind kind, int outcome, double rt,
                           outcome_sums *sums)
{
    outcome_sums own;
    own.n_known = -1;
    if (!law->log_density)
        return kind == SSM_NO_RESPONSE_BY ? 0.0 : law->share(law->law, outcome, 0.0);
    double until = latest(law, rt);
    if (kind == SSM_NO_RESPONSE_BY)
        return exp(decision_log_survival(law, until));
    if (kind == SSM_MEAN_RESPONSE && law->moment) {
        until = latest(law, INFINITY);
        return until > 0.0 ? law->moment(law->law, outcome, until) +
                                 law->limits.ndt * law->share(law->law, outcome, until)
                           : 0.0;
    }
    if (kind == SSM_MEAN_RESPONSE)
        return integral(law, outcome, latest(law, INFINITY), 1, &own);
    double value = law->share && until > 0.0 ? law->share(law->law, outcome, until)
                                             : integral(law, outcome, until, 0, sums ? sums : &own);
    return fmin(value, 1.0);
}
