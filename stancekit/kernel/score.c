/* Tokens -> counts of features, block by block -> sums of weights. */

#include <math.h>

#include "kernel.h"

/* Utterances of so many tokens and more are counted n-gram by n-gram: the sums of whole tokens are exact in
short ones, but in long ones most of them would be taken back again, digit by digit. */
enum { LONG = 512, N_SUBLINEAR = 1024 };

static double sublinear_table[N_SUBLINEAR];

void
init_score(void)
{
    for (int count = 1; count < N_SUBLINEAR; count++)
        sublinear_table[count] = 1 + log(count);
}

static inline double
sublinear(uint32_t count)
{
    return count < N_SUBLINEAR ? sublinear_table[count] : 1 + log(count);
}

static inline void
read_field(Workspace *work, const Folded *folded, Tokens *tokens)
{
    TokenReader reader = token_reader(folded);
    TokenText group[64];
    for (size_t n = 64; n == 64;) {
        n = next_tokens(&reader, group, 64);
        tokens->entries =
            grown(&work->escape, tokens->entries, &tokens->capacity, tokens->n + n, sizeof(Entry *));
        for (size_t i = 0; i < n; i++)
            want_entry(work, group[i], tokens, tokens->n++);
    }
}

int
read_tokens(Workspace *work, unsigned number, const Text fields[N_FIELDS])
{
    for (int field = 0; field < N_FIELDS; field++) {
        Folded *folded = &work->folded[number][field];
        work->read[number][field].n = 0;
        if (fields[field].length == 0)
            continue;
        if (fold(&work->escape, folded, fields[field]) == FAILED) {
            find_entries(work); /* before the texts that they wait in are folded over */
            return FAILED;
        }
        read_field(work, folded, &work->read[number][field]);
    }
    return 0;
}

void
look_up(Workspace *work, unsigned n)
{
    const uint32_t n_readers = work->kernel->n_readers;
    find_entries(work);
    for (unsigned number = 0; number < n; number++)
        for (int field = 0; field < N_FIELDS; field++) {
            const Tokens *tokens = &work->read[number][field];
            for (size_t i = 0; i < tokens->n; i++) {
                const Variant *variant = tokens->entries[i]->variants[0];
                for (uint32_t reader = 0; variant && reader < n_readers; reader++)
                    PREFETCH(variant->readings[reader]);
            }
        }
}

/* What is read once for several blocks. */
void
prepare(Workspace *work)
{
    const Kernel *kernel = work->kernel;
    if (kernel->reads_roles || kernel->reads_marks)
        read_attitudes(work);
    if (kernel->reads_marks)
        mark_tokens(work);
    if (kernel->reads_roles)
        read_roles(work);
}

static inline unsigned
mark_at(const Workspace *work, const Block *block, size_t i)
{
    return block->turned ? work->marks[i] : 0;
}

static uint32_t *
room_for_units(Workspace *work, size_t n)
{
    work->units = grown(&work->escape, work->units, &work->units_capacity, n, sizeof(uint32_t));
    return work->units;
}

static size_t
units_of_words(Workspace *work, const Block *block)
{
    const Tokens *tokens = &work->tokens[block->field];
    uint32_t *units = room_for_units(work, tokens->n);
    for (size_t i = 0; i < tokens->n; i++)
        units[i] = variant_of(work, tokens->entries[i], mark_at(work, block, i))->word;
    return tokens->n;
}

static size_t
units_of_names(Workspace *work, const Block *block)
{
    const Tokens *tokens = &work->tokens[block->field];
    uint32_t *units = room_for_units(work, tokens->n);
    size_t n = 0, i = 0;
    find_phrases(work, TREE_NAMES, tokens, &work->found);
    for (size_t k = 0; k < work->found.n; k++) {
        Symbol name = work->found.symbols[k];
        while (i < name.start)
            units[n++] = variant_of(work, tokens->entries[i++], 0)->word;
        units[n++] = block->class_words[CONTENT][name.class];
        i = name.end;
    }
    while (i < tokens->n)
        units[n++] = variant_of(work, tokens->entries[i++], 0)->word;
    return n;
}

static size_t
units_of_classes(Workspace *work, const Block *block)
{
    static const int order[] = {SOURCE, CUE, CONTENT};
    size_t n = 0;
    for (int k = 0; k < N_FIELDS; k++) {
        int field = order[k];
        if (block->field != ALL && block->field != field)
            continue;
        const uint32_t *words = block->class_words[block->field == ALL ? field : CONTENT];
        find_phrases(work, TREE_CLASSES, &work->tokens[field], &work->found);
        uint32_t *units = room_for_units(work, n + work->found.n);
        for (size_t i = 0; i < work->found.n; i++)
            units[n++] = words[work->found.symbols[i].class];
    }
    return n;
}

static void
count_ngrams(Workspace *work, uint32_t b, size_t n)
{
    const Kernel *kernel = work->kernel;
    const Block *block = &kernel->blocks[b];
    const uint32_t *units = work->units;
    for (size_t i = 0; i < n; i++) {
        uint32_t node = units[i] == NONE ? NONE : block->openings[units[i]];
        for (size_t j = i + 1; node != NONE; j++) {
            Node here = kernel->ngrams.nodes[node];
            if (here.value != NONE)
                touch(work, b, here.value);
            if (!here.inner || j == n || units[j] == NONE)
                break;
            node = child_of(&kernel->ngrams.edges, node, units[j]);
        }
    }
}

static void
count_chars(Workspace *work, uint32_t b)
{
    const Kernel *kernel = work->kernel;
    const Block *block = &kernel->blocks[b];
    const Tokens *tokens = &work->tokens[block->field];
    for (size_t i = 0; i < tokens->n; i++) {
        const Reading *reading = reading_of(work, tokens->entries[i], mark_at(work, block, i), block);
        const uint32_t *features = features_of(reading, kernel->n_columns);
        for (uint32_t k = 0; k < reading->n_features; k++)
            touch(work, b, features[k]);
    }
}

void
count_block(Workspace *work, uint32_t b)
{
    const Block *block = &work->kernel->blocks[b];
    switch (block->unit) {
    case WORDS:
        count_ngrams(work, b, units_of_words(work, block));
        break;
    case NAMES:
        count_ngrams(work, b, units_of_names(work, block));
        break;
    case CLASSES:
        count_ngrams(work, b, units_of_classes(work, block));
        break;
    case CHARS:
        count_chars(work, b);
        break;
    default: /* roles are counted when they are read */
        break;
    }
}

void
forget_block(Workspace *work, uint32_t b)
{
    Touched *touched = &work->touched[b];
    for (size_t i = 0; i < touched->n; i++)
        work->counts[touched->features[i]] = 0;
    touched->n = 0;
}

/* The sums of the features counted; returns the square of the block's length. */
static inline double
sum_counted(Workspace *work, double *sums, uint32_t b, uint32_t n_columns)
{
    const Kernel *kernel = work->kernel;
    const Touched *touched = &work->touched[b];
    double square = 0;
    for (size_t i = 0; i < touched->n; i++) {
        uint32_t feature = touched->features[i];
        const Row *row = row_of(kernel, feature);
        double times = sublinear(work->counts[feature]), value = times * row->idf;
        work->counts[feature] = 0;
        square += value * value;
        add_row(sums, row, times, n_columns);
    }
    work->touched[b].n = 0;
    return square;
}

/* The tokens of a field, as turned or plain blocks have them; each distinct one knows how often it occurs. */
static void
open_stream(Workspace *work, int field, int turned)
{
    const Tokens *tokens = &work->tokens[field];
    work->stream =
        grown(&work->escape, work->stream, &work->stream_capacity, tokens->n, sizeof(Variant *));
    work->distinct =
        grown(&work->escape, work->distinct, &work->distinct_capacity, tokens->n, sizeof(Variant *));
    Variant **stream = work->stream, **distinct = work->distinct;
    Entry *const *entries = tokens->entries;
    size_t n = 0, n_tokens = tokens->n;
    for (size_t i = 0; i < n_tokens; i++) {
        unsigned mark = turned ? work->marks[i] : 0;
        Variant *variant = entries[i]->variants[mark];
        if (!variant)
            variant = new_variant(work, entries[i], mark);
        PREFETCH(variant->readings[0]);
        stream[i] = variant;
        distinct[n] = variant;
        n += variant->times++ == 0;
    }
    work->n_stream = n_tokens;
    work->n_distinct = n;
}

static void
close_stream(Workspace *work)
{
    for (size_t i = 0; i < work->n_distinct; i++)
        work->distinct[i]->times = 0;
}

static void
read_stream(Workspace *work, const Block *block)
{
    const Tokens *tokens = &work->tokens[block->field];
    for (size_t i = 0; i < work->n_stream; i++) {
        const Reading *reading = work->stream[i]->readings[block->reader];
        if (reading)
            PREFETCH(reading);
        else
            new_reading(work, tokens->entries[i], mark_at(work, block, i), block);
    }
}

static inline void
add_reading(double *sums, const Reading *reading, uint32_t n_columns)
{
    for (uint32_t c = 0; c < n_columns; c++)
        sums[c] += reading->sums[c];
}

/* What is missing of a feature that was counted `after - before` times, and added once. */
static inline double
put_right(const Workspace *work, double *sums, uint32_t feature, uint32_t before, uint32_t after,
          uint32_t n_columns)
{
    const Row *row = row_of(work->kernel, feature);
    double was = sublinear(before), is = sublinear(after);
    add_row(sums, row, is - was - 1, n_columns);
    return (is * is - was * was - 1) * row->idf * row->idf;
}

/* The sums of a block of characters, by tokens: those of a token were made when it was first seen, and what is
wrong with them, where an n-gram occurs more than once in the utterance, is put right. */
static inline double
sum_chars(Workspace *work, double *sums, uint32_t b, uint32_t n_columns)
{
    const Block *block = &work->kernel->blocks[b];
    uint16_t *counts = work->short_counts;
    double square = 0;
    for (size_t i = 0; i < work->n_distinct; i++) {
        const Variant *variant = work->distinct[i];
        const Reading *reading = variant->readings[block->reader];
        const uint32_t *features = features_of(reading, n_columns);
        square += reading->square;
        add_reading(sums, reading, n_columns);
        for (uint32_t k = 0; k < reading->n_features; k++) {
            uint32_t before = counts[features[k]], after = before + variant->times;
            counts[features[k]] = (uint16_t)after;
            if (after != 1)
                square += put_right(work, sums, features[k], before, after, n_columns);
        }
    }
    for (size_t i = 0; i < work->n_distinct; i++) {
        const Reading *reading = work->distinct[i]->readings[block->reader];
        const uint32_t *features = features_of(reading, n_columns);
        for (uint32_t k = 0; k < reading->n_features; k++)
            counts[features[k]] = 0;
    }
    return square;
}

/* The sums of a block of single words and pairs. A pair can occur twice only where both its words do. */
static inline double
sum_words(Workspace *work, double *sums, uint32_t b, uint32_t n_columns)
{
    const Kernel *kernel = work->kernel;
    const Block *block = &kernel->blocks[b];
    const EdgeTable *edges = &kernel->ngrams.edges;
    double square = 0;
    size_t n = 0, found = 0;
    work->pairs = grown(&work->escape, work->pairs, &work->pairs_capacity, work->n_stream, sizeof(Pair));
    Pair *pairs = work->pairs;
    Variant *const *stream = work->stream;
    const uint32_t reader = block->reader;
    for (size_t i = 0; i + 1 < work->n_stream; i++) {
        uint32_t node = stream[i]->readings[reader]->node, word = stream[i + 1]->word;
        if (node == NONE || word == NONE)
            continue;
        uint64_t hash = hash_edge(edges, node, word);
        pairs[n++] = (Pair){hash, node, (uint32_t)i};
        PREFETCH(edge_bits(edges, hash));
    }
    size_t likely = 0;
    for (size_t i = 0; i < n; i++) {
        Pair pair = pairs[i];
        pairs[likely] = pair;
        PREFETCH(&edges->edges[pair.hash & edges->mask]);
        likely += (size_t)may_have_edge(edges, pair.hash);
    }
    for (size_t i = 0; i < work->n_distinct; i++) {
        const Variant *variant = work->distinct[i];
        const Reading *reading = variant->readings[block->reader];
        square += reading->square;
        add_reading(sums, reading, n_columns);
        if (variant->times > 1 && reading->n_features)
            square += put_right(work, sums, features_of(reading, n_columns)[0], 0, variant->times, n_columns);
    }
    for (size_t i = 0; i < likely; i++) {
        const Variant *first = stream[pairs[i].at], *second = stream[pairs[i].at + 1];
        const Edge *edge = find_edge(edges, pairs[i].hash, pairs[i].node, second->word);
        if (!edge || edge->value == NONE)
            continue;
        PREFETCH(row_of(kernel, edge->value));
        if (first->times > 1 && second->times > 1)
            touch(work, b, edge->value);
        else
            pairs[found++].node = edge->value;
    }
    for (size_t i = 0; i < found; i++) {
        const Row *row = row_of(kernel, pairs[i].node);
        square += row->idf * row->idf;
        add_row(sums, row, 1, n_columns);
    }
    return square + sum_counted(work, sums, b, n_columns);
}

static inline void
add_block(double *scores, const double *sums, const Block *block, double square, uint32_t n_columns)
{
    if (!(square > 0))
        return;
    double scale = block->weight / sqrt(square);
    for (uint32_t c = 0; c < n_columns; c++)
        scores[c] += scale * sums[c];
}

static inline void
score_blocks(Workspace *work, double *scores, uint32_t n_columns)
{
    const Kernel *kernel = work->kernel;
    double few[8], *sums = n_columns <= 8 ? few : work->sums; /* a few stay in registers */
    memcpy(scores, kernel->intercepts, n_columns * sizeof(double));
    for (int field = 0; field < N_FIELDS; field++) {
        size_t n_tokens = work->tokens[field].n;
        for (int turned = 0; turned < 2 && n_tokens && n_tokens < LONG; turned++) {
            if (!(kernel->streams[field] >> turned & 1))
                continue;
            open_stream(work, field, turned);
            for (uint32_t b = 0; b < kernel->n_blocks; b++) {
                const Block *block = &kernel->blocks[b];
                if (!block->whole || block->field != field || block->turned != turned)
                    continue;
                memset(sums, 0, n_columns * sizeof(double));
                read_stream(work, block);
                double square = block->unit == CHARS ? sum_chars(work, sums, b, n_columns)
                                                     : sum_words(work, sums, b, n_columns);
                add_block(scores, sums, block, square, n_columns);
            }
            close_stream(work);
        }
    }
    for (uint32_t b = 0; b < kernel->n_blocks; b++) {
        const Block *block = &kernel->blocks[b];
        if (block->whole && work->tokens[block->field].n < LONG)
            continue;
        memset(sums, 0, n_columns * sizeof(double));
        count_block(work, b);
        add_block(scores, sums, block, sum_counted(work, sums, b, n_columns), n_columns);
    }
}

void
score_read(Workspace *work, unsigned number, double *scores)
{
    work->tokens = work->read[number];
    prepare(work);
    /* The loops over columns are made for the usual numbers of them. */
    switch (work->kernel->n_columns) {
    case 3:
        score_blocks(work, scores, 3);
        break;
    case 6:
        score_blocks(work, scores, 6);
        break;
    default:
        score_blocks(work, scores, work->kernel->n_columns);
    }
}

Workspace *
new_workspace(const Kernel *kernel)
{
    Workspace *work = calloc(1, sizeof(Workspace));
    if (!work)
        return NULL;
    work->kernel = kernel;
    size_t n_classes = kernel->n_classes;
    work->scratch = malloc(TOKEN_LENGTH * 4 + 64);
    work->waiting = malloc(WAITING * sizeof(Waiting));
    work->counts = calloc(kernel->n_features + 1, sizeof(uint32_t));
    work->short_counts = calloc(kernel->n_features + 1, sizeof(uint16_t));
    work->touched = calloc(kernel->n_blocks, sizeof(Touched));
    work->sums = calloc(kernel->n_columns, sizeof(double));
    work->attitudes = calloc(n_classes + 1, sizeof(uint32_t));
    work->seen = calloc(n_classes + 1, 1);
    if (!work->scratch || !work->waiting || !work->counts || !work->short_counts || !work->touched || !work->sums || !work->attitudes || !work->seen) {
        free_workspace(work);
        return NULL;
    }
    return work;
}

void
free_workspace(Workspace *work)
{
    for (int number = 0; number < TOGETHER; number++)
        for (int field = 0; field < N_FIELDS; field++) {
            free_folded(&work->folded[number][field]);
            free(work->read[number][field].entries);
        }
    free(work->waiting);
    for (uint32_t b = 0; work->touched && b < work->kernel->n_blocks; b++)
        free(work->touched[b].features);
    free_arena(&work->memo_arena);
    free_arena(&work->roles.arena);
    void *const others[] = {
        work->marks,       work->memo,           work->scratch,       work->counts,       work->touched,
        work->short_counts, work->stream, work->distinct, work->pairs, work->sums, work->units,         work->symbols.symbols, work->found.symbols,
        work->clauses,     work->roles.slots,    work->roles.strings, work->roles.hashes, work->attitudes,
        work->seen,
    };
    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
        free(others[i]);
    free(work);
}
