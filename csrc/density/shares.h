/* Probabilities of having left at each of two sides, which a solution finds at nodes of time, and their
 * derivatives. */
#ifndef SSM_SHARES_H
#define SSM_SHARES_H

#include "density/moving.h"
#include "density/outcome.h"

enum { SHARES_NODES = 1000 };

typedef struct {
    double t, share[2], rate[2];
    int segment; /* first node since the drift last jumped, where rates have a kink */
} shares_node;

typedef struct {
    int n_nodes, is_complete; /* all have left, or leave as is told here */
    shares_node nodes[SHARES_NODES]; /* the first is at 0, where some have left at once */
    double rest[2], rest_rate; /* probability of leaving after the last node, at a constant rate */
    /* Of each side, the nodes between which densities are known; before, they fall like exp(-early / t),
     * after, like exp(-late t).  No node (-1) where no path leaves. */
    int first[2], last[2];
    double early[2], late[2];
} shares;

/* Appends a node: the probabilities of having left by two solutions, the second with half the spacing, are
 * extrapolated. */
void shares_begin(shares *law, const double *coarse, const double *fine);
void shares_note(shares *law, double t, int is_jump, const double *coarse, const double *fine);

/* Whether the rate of leaving, and the share of each side in it, have not changed lately, in the second half of the
 * time since `since`; then, or if they are taken to have settled, the rest leaves likewise. */
int shares_settle(shares *law, double since, int is_settled);

/* Sets the derivatives, once all nodes are there. */
void shares_end(shares *law);

/* A law of one or two branches: outcome 2 h + l is side l of branch h. */
typedef struct {
    int n;
    shares branch[2];
    double everyone;             /* sum of all probabilities, which is nearly 1, if all have left */
    const moving_curves *curves; /* no one leaves after boundaries have met */
    int at_once;                 /* the outcome that comes at time 0, or -1 */
    outcome_limits limits;
} branched_law;

/* Once its branches have ended. */
void branched_end(branched_law *law);

outcome_law branched_outcome(branched_law *law);

#endif
