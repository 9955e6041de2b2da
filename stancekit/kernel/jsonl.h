/* JSON Lines -> the strings of an utterance. */

#ifndef STANCEKIT_JSONL_H
#define STANCEKIT_JSONL_H

#include "kernel.h"

typedef struct {
    char *buffers[N_FIELDS];
    size_t capacities[N_FIELDS];
} JsonScratch;

typedef struct {
    const char *text;
    size_t length;
} JsonLine;

/* The next line that is not blank, from `*at` on, which moves behind it; whether there is one. */
int next_line(const char *data, size_t size, size_t *at, JsonLine *line);

/* The fields of a line; 0 if it is odd. They lie in the line or in `scratch` until the next call. */
int read_json_line(Escape *escape, JsonScratch *scratch, const char *line, size_t length, Text fields[N_FIELDS]);
void free_json_scratch(JsonScratch *scratch);

#endif
