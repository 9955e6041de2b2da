/* Tokens -> counts of features, block by block -> sums of weights. */

#include <math.h>

#include "kernel.h"

enum { N_SUBLINEAR = 1024 };

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

int
read_tokens(Workspace *work, unsigned number, const Text fields[N_FIELDS])
{
    if (number == 0)
        work->n_entries = 0;
    for (int field = 0; field < N_FIELDS; field++) {
        Folded *folded = &work->folded[number][field];
        Span *span = &work->read[number][field];
        *span = (Span){.first = work->n_entries + work->n_waiting};
        if (fields[field].length == 0 || !work->kernel->reads[field])
            continue;
        if (fold(&work->escape, folded, fields[field]) == FAILED) {
            find_entries(work); /* before the texts that they wait in are folded over */
            return FAILED;
        }
        TokenReader reader = token_reader(folded);
        TokenText group[TOKEN_GROUP];
        for (size_t n; (n = next_tokens(&reader, group)); span->n += n)
            want_entries(work, group, n);
    }
    return 0;
}

/* Has the memory come where the pairs of words are looked for. */
static inline void
want_neighbours(const Block *block, const uint32_t *words, size_t n, uint64_t *hashes)
{
    const PairTable *table = &block->pair_table;
    for (size_t i = 0; i + 1 < n; i++) {
        hashes[i] = hash_pair(table, words[i], words[i + 1]);
        PREFETCH(bucket_of(table, hashes[i]));
    }
}

/* Finds neighbours whose place in the table is taken, and has the memory come that tells whether by them. */
static inline size_t
find_neighbours(const Block *block, size_t n, const uint64_t *hashes, Neighbours *found)
{
    const PairTable *table = &block->pair_table;
    size_t n_found = 0;
    for (size_t i = 0; i + 1 < n; i++) {
        found[n_found].at = (uint32_t)i;
        n_found += (size_t)is_taken(bucket_of(table, hashes[i]), hashes[i]);
    }
    for (size_t i = 0; i < n_found; i++) {
        const uint64_t hash = hashes[found[i].at];
        found[i].number = pair_in(bucket_of(table, hash), hash);
        PREFETCH(row_at(&block->pair_rows, found[i].number));
    }
    return n_found;
}

/* Looks words up for the first block of a field, stage by stage for all utterances, so that memory has time to come. */
static void
look_up_words(Workspace *work, unsigned n)
{
    const Block *const *blocks = work->kernel->words_of;
    work->neighbours = grown(&work->escape, work->neighbours, &work->neighbours_capacity, work->n_entries,
                             sizeof(Neighbours));
    work->hashes = grown(&work->escape, work->hashes, &work->hashes_capacity, work->n_entries, sizeof(uint64_t));
    for (unsigned number = 0; number < n; number++)
        for (int field = 0; field < N_FIELDS; field++) {
            const Span span = work->read[number][field];
            if (!blocks[field])
                continue;
            want_neighbours(blocks[field], work->words + span.first, span.n, work->hashes + span.first);
            for (size_t i = 0; i < span.n; i++)
                PREFETCH(row_at(&blocks[field]->word_rows, work->words[span.first + i]));
        }
    for (unsigned number = 0; number < n; number++)
        for (int field = 0; field < N_FIELDS; field++) {
            Span *span = &work->read[number][field];
            if (blocks[field])
                span->n_neighbours = find_neighbours(blocks[field], span->n, work->hashes + span->first,
                                                     work->neighbours + span->first);
        }
}

/* Has the memory come that blocks of characters will need. */
static void
look_up_chars(Workspace *work)
{
    const uint32_t n_readers = work->kernel->n_readers;
    for (size_t i = 0; n_readers && i < work->n_entries; i++)
        if (work->entries[i]->variants[0])
            PREFETCH(work->entries[i]->variants[0]);
    for (size_t i = 0; n_readers && i < work->n_entries; i++) {
        const Variant *variant = work->entries[i]->variants[0];
        for (uint32_t reader = 0; variant && reader < n_readers; reader++)
            PREFETCH(variant->readings[reader]);
    }
}

void
look_up(Workspace *work, unsigned n)
{
    find_entries(work);
    look_up_words(work, n);
    look_up_chars(work);
}

/* What is read once for several blocks. */
static void
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

/* The words of a block's field, under the marks that it reads. */
static const uint32_t *
words_of(Workspace *work, const Block *block)
{
    const Tokens *tokens = &work->tokens[block->field];
    if (!block->turned)
        return tokens->words;
    uint32_t *units = room_for_units(work, tokens->n);
    for (size_t i = 0; i < tokens->n; i++)
        units[i] = work->marks[i] ? variant_of(work, tokens->entries[i], work->marks[i])->word : tokens->words[i];
    return units;
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
            units[n++] = tokens->words[i++];
        units[n++] = block->class_words[CONTENT][name.class];
        i = name.end;
    }
    while (i < tokens->n)
        units[n++] = tokens->words[i++];
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
count_ngrams(Workspace *work, uint32_t b, const uint32_t *units, size_t n)
{
    const Kernel *kernel = work->kernel;
    const Block *block = &kernel->blocks[b];
    for (size_t i = 0; i < n; i++) {
        uint32_t node = block->openings.nodes[units[i]];
        for (size_t j = i + 1; node != NONE; j++) {
            Node here = kernel->ngrams.nodes[node];
            if (here.value != NONE)
                touch(work, b, here.value);
            if (!here.inner || j == n)
                break;
            node = child_of(&kernel->ngrams.edges, node, units[j]);
        }
    }
}

static void
count_words(Workspace *work, uint32_t b, const uint32_t *words, size_t n)
{
    const Block *block = &work->kernel->blocks[b];
    for (size_t i = 0; i < n; i++) {
        if (block->word_features[words[i]] != NONE)
            touch(work, b, block->word_features[words[i]]);
        if (i + 1 == n)
            break;
        uint32_t number = find_pair(block, words[i], words[i + 1]);
        if (number != NONE)
            touch(work, b, block->pairs[number].feature);
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
    const size_t n_tokens = block->field == ALL ? 0 : work->tokens[block->field].n;
    size_t n;
    switch (block->unit) {
    case WORDS:
        (block->word_rows.rows ? count_words : count_ngrams)(work, b, words_of(work, block), n_tokens);
        break;
    case NAMES:
        n = units_of_names(work, block);
        count_ngrams(work, b, work->units, n);
        break;
    case CLASSES:
        n = units_of_classes(work, block);
        count_ngrams(work, b, work->units, n);
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
INLINE double
sum_counted(Workspace *work, double *sums, uint32_t b, uint32_t n_columns)
{
    const Kernel *kernel = work->kernel;
    const Touched *touched = &work->touched[b];
    double square = 0;
    for (size_t i = 0; i < touched->n; i++) {
        uint32_t feature = touched->features[i];
        const Row *row = row_of(kernel, feature);
        square += add_row(sums, row, sublinear(work->counts[feature]), n_columns);
        work->counts[feature] = 0;
    }
    work->touched[b].n = 0;
    return square;
}

/* What is missing of a feature that was counted `after - before` times, and added once. */
INLINE double
put_right(const Workspace *work, double *sums, uint32_t feature, uint32_t before, uint32_t after,
          uint32_t n_columns)
{
    const Row *row = row_of(work->kernel, feature);
    double was = sublinear(before), is = sublinear(after);
    add_row(sums, row, is - was - 1, n_columns);
    return (is * is - was * was - 1) * row->idf * row->idf;
}

/* The sums of a block of characters, by tokens: those of a token were made when it was first seen, and what is
wrong with them, where an n-gram occurs more than once in the utterance, is put right. So it is done in short ones
only: in long ones most of the sums would be taken back again, digit by digit. */
INLINE double
sum_chars(Workspace *work, double *sums, uint32_t b, uint32_t n_columns)
{
    const Block *block = &work->kernel->blocks[b];
    const Tokens *tokens = &work->tokens[block->field];
    Variant **variants = work->variants;
    size_t n = 0;
    for (size_t i = 0; i < tokens->n; i++) {
        Variant *variant = variant_of(work, tokens->entries[i], mark_at(work, block, i));
        const Reading *reading = variant->readings[block->reader];
        if (reading)
            PREFETCH(reading);
        else
            new_reading(work, tokens->entries[i], mark_at(work, block, i), block);
        variants[n] = variant;
        n += variant->times++ == 0;
    }
    uint16_t *counts = work->short_counts;
    double square = 0;
    for (size_t i = 0; i < n; i++) {
        const Reading *reading = variants[i]->readings[block->reader];
        const uint32_t *features = features_of(reading, n_columns), times = variants[i]->times;
        square += reading->square;
        add_scaled(sums, reading->sums, 1, n_columns);
        for (uint32_t k = 0; k < reading->n_features; k++) {
            uint32_t before = counts[features[k]], after = before + times;
            counts[features[k]] = (uint16_t)after;
            if (after != 1)
                square += put_right(work, sums, features[k], before, after, n_columns);
        }
    }
    for (size_t i = 0; i < n; i++) {
        const Reading *reading = variants[i]->readings[block->reader];
        const uint32_t *features = features_of(reading, n_columns);
        for (uint32_t k = 0; k < reading->n_features; k++)
            counts[features[k]] = 0;
        variants[i]->times = 0;
    }
    return square;
}

/* The sums of a few pairs, of which some may be equal. */
INLINE double
sum_few(Workspace *work, double *sums, const Block *block, size_t n, uint32_t n_columns)
{
    uint32_t *numbers = work->often;
    double square = 0;
    while (n) {
        const uint32_t number = numbers[--n];
        size_t kept = 0;
        for (size_t i = 0; i < n; i++) {
            numbers[kept] = numbers[i];
            kept += numbers[i] != number;
        }
        const PairRow *pair = row_at(&block->pair_rows, number);
        square += add_summand(sums, &pair->summand, sublinear((uint32_t)(n - kept) + 1), n_columns);
        n = kept;
    }
    return square;
}

/* Counts the pairs that may occur more than once, `n` of them; how many are left: none. */
static size_t
touch_pairs(Workspace *work, uint32_t b, size_t n)
{
    const Pair *pairs = work->kernel->blocks[b].pairs;
    while (n)
        touch(work, b, pairs[work->often[--n]].feature);
    return n;
}

/* The sums of a block of words alone and in pairs. A pair can occur twice only where both its words do. */
INLINE double
sum_words(Workspace *work, double *sums, uint32_t b, uint32_t n_columns)
{
    const Block *block = &work->kernel->blocks[b];
    const Tokens *tokens = &work->tokens[block->field];
    const uint32_t *words = words_of(work, block);
    const size_t n_words = tokens->n;
    const Neighbours *neighbours = tokens->neighbours;
    size_t n_neighbours = tokens->n_neighbours, n_distinct = 0, n_once = 0, n_often = 0;
    if (block != work->kernel->words_of[block->field]) {
        work->others = grown(&work->escape, work->others, &work->others_capacity, n_words, sizeof(Neighbours));
        work->hashes = grown(&work->escape, work->hashes, &work->hashes_capacity, n_words, sizeof(uint64_t));
        want_neighbours(block, words, n_words, work->hashes);
        neighbours = work->others;
        n_neighbours = find_neighbours(block, n_words, work->hashes, work->others);
    }
    work->distinct =
        grown(&work->escape, work->distinct, &work->distinct_capacity, n_words, sizeof(uint32_t));
    work->once = grown(&work->escape, work->once, &work->once_capacity, n_words, sizeof(uint32_t));
    uint32_t *distinct = work->distinct, *counts = work->word_counts, *once = work->once;
    double square = 0;
    for (size_t i = 0; i < n_words; i++) {
        distinct[n_distinct] = words[i];
        n_distinct += counts[words[i]]++ == 0;
    }
    for (size_t i = 0; i < n_distinct; i++) {
        const Summand *summand = row_at(&block->word_rows, distinct[i]);
        square += add_summand(sums, summand, sublinear(counts[distinct[i]]), n_columns);
    }
    for (size_t i = 0; i < n_neighbours; i++) {
        const uint32_t number = neighbours[i].number, *at = words + neighbours[i].at;
        const PairRow *pair = row_at(&block->pair_rows, number);
        const int found = (pair->first == at[0]) & (pair->second == at[1]);
        const int often = (counts[at[0]] > 1) & (counts[at[1]] > 1);
        once[n_once] = number;
        n_once += (size_t)(found & !often);
        if (found & often)
            work->often[n_often++] = number;
        if (n_often == FEW) /* in a long text */
            n_often = touch_pairs(work, b, n_often);
    }
    for (size_t i = 0; i < n_distinct; i++)
        counts[distinct[i]] = 0;
    for (size_t i = 0; i < n_once; i++) {
        const PairRow *pair = row_at(&block->pair_rows, once[i]);
        square += add_summand(sums, &pair->summand, 1, n_columns);
    }
    if (work->touched[b].n == 0)
        return square + sum_few(work, sums, block, n_often, n_columns);
    touch_pairs(work, b, n_often);
    return square + sum_counted(work, sums, b, n_columns);
}

INLINE void
add_block(double *scores, const double *sums, const Block *block, double square, uint32_t n_columns)
{
    if (!(square > 0))
        return;
    double scale = block->weight / sqrt(square);
    for (uint32_t c = 0; c < n_columns; c++)
        scores[c] += scale * sums[c];
}

INLINE void
score_blocks(Workspace *work, double *scores, uint32_t n_columns)
{
    const Kernel *kernel = work->kernel;
    double few[8], *sums = n_columns <= 8 ? few : work->sums; /* a few stay in registers */
    memcpy(scores, kernel->intercepts, n_columns * sizeof(double));
    for (uint32_t b = 0; b < kernel->n_blocks; b++) {
        const Block *block = &kernel->blocks[b];
        double square;
        memset(sums, 0, n_columns * sizeof(double));
        if (block->word_rows.rows) {
            square = sum_words(work, sums, b, n_columns);
        }
        else if (block->unit == CHARS && work->tokens[block->field].n < LONG) {
            square = sum_chars(work, sums, b, n_columns);
        }
        else {
            count_block(work, b);
            square = sum_counted(work, sums, b, n_columns);
        }
        add_block(scores, sums, block, square, n_columns);
    }
}

void
take_read(Workspace *work, unsigned number)
{
    for (int field = 0; field < N_FIELDS; field++) {
        Span span = work->read[number][field];
        work->tokens[field] = (Tokens){work->entries + span.first, work->words + span.first,
                                       work->neighbours + span.first, span.n, span.n_neighbours};
    }
    prepare(work);
}

void
score_read(Workspace *work, unsigned number, double *scores)
{
    take_read(work, number);
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
    work->word_counts = calloc(kernel->words.n + 1, sizeof(uint32_t));
    work->touched = calloc(kernel->n_blocks, sizeof(Touched));
    work->sums = calloc(kernel->n_columns, sizeof(double));
    work->attitudes = calloc(n_classes + 1, sizeof(uint32_t));
    work->seen = calloc(n_classes + 1, 1);
    if (!work->scratch || !work->waiting || !work->counts || !work->short_counts || !work->word_counts ||
        !work->touched || !work->sums || !work->attitudes || !work->seen) {
        free_workspace(work);
        return NULL;
    }
    return work;
}

void
free_workspace(Workspace *work)
{
    for (int number = 0; number < TOGETHER; number++)
        for (int field = 0; field < N_FIELDS; field++)
            free_folded(&work->folded[number][field]);
    free(work->waiting);
    for (uint32_t b = 0; work->touched && b < work->kernel->n_blocks; b++)
        free(work->touched[b].features);
    free_arena(&work->memo_arena);
    free_arena(&work->roles.arena);
    void *const others[] = {
        work->marks,         work->memo_memory,     work->entries,      work->words,       work->scratch,
        work->counts,        work->short_counts,    work->word_counts,  work->touched,     work->neighbours,
        work->others,        work->hashes,          work->distinct,     work->once,        work->sums,
        work->units,         work->found.symbols,   work->symbols.symbols, work->clauses,  work->roles.slots,
        work->roles.strings, work->roles.hashes,    work->attitudes,    work->seen,
    };
    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
        free(others[i]);
    free(work);
}
