/* Raw words of the core's streams, for a battery of statistical tests.
 *
 *     cc -O3 -march=native -DSSM_LANES=4 -Icsrc -Icsrc/include tools/stream_words.c -o stream_words
 *     ./stream_words rounds 1 | dieharder -a -k 2 -Y 1 -g 200
 *
 * The second argument is the seed.  The orders:
 *
 * rounds: blocks of 1,024 samples of one trial; all samples of a block take draw 0, then all take
 *     draw 1, and so on: the order in which stepped kernels use words.
 * trials: one sample of each of many trials, 8 draws in turn.
 * seeds: 8 draws of the first sample of each of many successive seeds.
 *
 * The output does not end.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/streams.h"

enum { BLOCK = 1024, DRAWS = 8, WORDS = 4 };

static uint32_t words[BLOCK * DRAWS * WORDS];

static void put(int place, const vblock *bits)
{
    for (int lane = 0; lane < SSM_LANES; lane++)
        for (int word = 0; word < WORDS; word++)
            words[(place + lane) * WORDS + word] = (uint32_t)bits->word[word][lane];
}

/* Draws of streams first, first + step, ...: `by_round` if all streams take a draw before the
 * next. */
static void fill(uint64_t key, uint64_t first, uint64_t step)
{
    const vuint none = {0};
    for (uint32_t draw = 0; draw < DRAWS; draw++)
        for (int i = 0; i < BLOCK; i += SSM_LANES) {
            vuint stream = none;
            for (int lane = 0; lane < SSM_LANES; lane++)
                stream[lane] = first + step * (uint64_t)(i + lane);
            vblock bits = philox(key, STREAM_PROCESS, none + draw, stream);
            put((int)draw * BLOCK + i, &bits);
        }
}

/* The draws of one stream after another, in place of those of one round after another. */
static void turn(void)
{
    static uint32_t turned[BLOCK * DRAWS * WORDS];
    for (int i = 0; i < BLOCK; i++)
        for (int draw = 0; draw < DRAWS; draw++)
            memcpy(turned + (i * DRAWS + draw) * WORDS, words + (draw * BLOCK + i) * WORDS,
                   WORDS * sizeof *words);
    memcpy(words, turned, sizeof words);
}

static void fill_seeds(uint64_t seed)
{
    for (uint64_t i = 0; i < BLOCK; i++) {
        const vuint none = {0};
        for (uint32_t draw = 0; draw < DRAWS; draw++) {
            vblock bits = philox(stream_key(seed + i), STREAM_PROCESS, none + draw, none);
            for (int word = 0; word < WORDS; word++)
                words[((int)i * DRAWS + (int)draw) * WORDS + word] = (uint32_t)bits.word[word][0];
        }
    }
}

int main(int n_arguments, char **arguments)
{
    if (n_arguments != 3) {
        fprintf(stderr, "usage: stream_words rounds|trials|seeds SEED\n");
        return 2;
    }
    const char *order = arguments[1];
    uint64_t seed = strtoull(arguments[2], 0, 10);
    for (uint64_t block = 0;; block++) {
        if (!strcmp(order, "rounds")) {
            fill(stream_key(seed), block * BLOCK, 1);
        } else if (!strcmp(order, "trials")) {
            fill(stream_key(seed), block * BLOCK << 32, UINT64_C(1) << 32);
            turn();
        } else {
            fill_seeds(seed + block * BLOCK);
        }
        if (fwrite(words, sizeof words, 1, stdout) != 1)
            return 0;
    }
}
