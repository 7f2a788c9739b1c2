/* Cells and slots of a table of a law. */
#define SSM_LANES 1
#include "diffusion/wiener_table.h"

double ssm_fill_cells(wiener_cell *cell, double *mass, double side, double time_unit,
                      const double *time, const double *density)
{
    /* The middle in the logarithm is not the middle: a parabola through all three. */
    const double r = (time[1] - time[0]) / (time[2] - time[0]);
    const double weight_m = 1.0 / (6.0 * r * (1.0 - r));
    const double weight_0 = 0.5 - (1.0 - r) * weight_m, weight_1 = 0.5 - r * weight_m;
    double sum = 0.0;
    for (int c = 0; c < TABLE_CELLS_A_SIDE; c++) {
        double t0 = time[2 * c], h = time[2 * c + 2] - t0;
        double f0 = density[2 * c], fm = density[2 * c + 1], f1 = density[2 * c + 2];
        double m = h * (weight_0 * f0 + weight_m * fm + weight_1 * f1);
        double early = f0 + f1 > 0.0 ? f0 / (f0 + f1) : 0.5;
        cell[c] = (wiener_cell){t0 * time_unit, h * time_unit, early, side};
        mass[c] = m > 0.0 ? m : 0.0;
        sum += mass[c];
    }
    return sum;
}

void ssm_fill_later(wiener_part *part, double *mass, double later)
{
    for (int c = TABLE_CELL_LATER; c < TABLE_CELLS; c++) {
        part->cell[c] = (wiener_cell){INFINITY, 0.0, 0.5, 1.0};
        mass[c] = 0.5 * later;
    }
}

/* Filled in one sweep (Huebschle-Schneider & Sanders 2019): what a poor cell lacks is taken from a
 * rich one, until that is poor itself and takes from the next. */
void ssm_fill_slots(wiener_slot *slot, const double *mass, double sum)
{
    const double whole = (double)(1 << (32 - TABLE_BITS)), slots = TABLE_CELLS / sum;
    int32_t poor[TABLE_CELLS], rich[TABLE_CELLS];
    int n_poor = 0, n_rich = 0;
    for (int c = 0; c < TABLE_CELLS; c++) {
        int is_poor = mass[c] * slots < 1.0;
        slot[c] = (wiener_slot){(uint32_t)whole, (uint32_t)c};
        poor[n_poor] = rich[n_rich] = c;
        n_poor += is_poor;
        n_rich += !is_poor;
    }
    int giver = 0;
    double left = n_rich > 0 ? mass[rich[0]] * slots : 0.0;
    for (int i = 0; i < n_poor && giver < n_rich; i++) {
        double needs = mass[poor[i]] * slots;
        slot[poor[i]] = (wiener_slot){(uint32_t)(needs * whole + 0.5), (uint32_t)rich[giver]};
        left -= 1.0 - needs;
        for (; left < 1.0 && giver + 1 < n_rich; giver++) {
            int32_t next = rich[giver + 1];
            slot[rich[giver]] = (wiener_slot){(uint32_t)(left * whole + 0.5), (uint32_t)next};
            left -= 1.0 - mass[next] * slots;
        }
    }
}
