/* From three strings to the class scores of all heads in one pass.

    text.c    string -> folded text -> tokens
    memo.c    token -> what is known of it: its words, phrases, and the sums of its character n-grams
    roles.c   tokens -> phrases, attitudes, marks, roles: what stancekit/roles.py defines
    score.c   tokens -> counts of features, block by block -> sums of weights
    jsonl.c   a line of JSON Lines -> its strings
    module.c  the objects that Python sees

A `Kernel` is read-only once it is made; all that changes while utterances are scored is in a `Workspace`, of
which each thread has one. The definition of every feature is in stancekit/features.py; here is the second of
its two executions. */

#ifndef STANCEKIT_KERNEL_H
#define STANCEKIT_KERNEL_H

#include "memory.h"
#include "tables.h"
#include "text.h"

enum Field { CONTENT, CUE, SOURCE, ALL };
enum Unit { WORDS, CHARS, NAMES, CLASSES, ROLES };
enum Tree { TREE_NAMES, TREE_CLASSES, TREE_ROLES, TREE_ATTITUDES, TREE_TURNS, N_TREES };
enum { WAITING = 512 };      /* tokens that may wait to be looked up */
enum { FEW = 32 };           /* pairs that may occur more than once: so few are counted without a table */
enum { LONG = 512 };         /* tokens of a field that is counted n-gram of characters by n-gram */
enum { TOGETHER = 16 };      /* utterances that are read before the first is scored: memory has time to come */
enum { MOST_GOVERNING = 8 }; /* words that govern an act: a feature names them all */
enum { N_FIELDS = 3, N_MARKS = 4, UNDER_REVERSAL = 1, UNDER_TURNING_CUE = 2 };

/* Of a class of phrases: what roles.py calls it. */
enum {
    IS_ACTOR = 1 << 0,
    IS_GOOD = 1 << 1,
    IS_BAD = 1 << 2,
    IS_CLAIM = 1 << 3,
    IS_REVERSAL = 1 << 4,
    IS_UNTRUTH = 1 << 5,
    IS_TRUTH = 1 << 6,
    IS_ORGANS = 1 << 7,
    IS_DOUBT = 1 << 8,
    IS_ALL_SIDES = 1 << 9,
    IS_PLAIN = 1 << 10,
    TURNS = 1 << 11,     /* as an attitude of a cue */
    NOT_TURNS = 1 << 12, /* as an attitude under a negation */
};
#define IS_ACT (IS_GOOD | IS_BAD)

/* Of a token: which word lists of roles.py hold it. */
enum { IS_BOUNDARY = 1, IS_NOT = 2, IS_BY = 4 };

typedef struct {
    const char *name;
    uint32_t length;
    uint32_t flags;
    uint32_t governing; /* place among the words that govern an act; NONE if it is none */
} Class;

/* A node of a tree of word n-grams, or of phrases. */
typedef struct {
    uint32_t value; /* feature or class; NONE if nothing ends here */
    uint32_t inner; /* whether anything follows */
} Node;

/* Word -> node of what begins with it, or NONE. */
typedef struct {
    uint32_t *nodes;
    size_t n;
} Openings;

typedef struct {
    int field, unit, n_min, n_max, turned;
    double weight;
    uint32_t first, n_features;
    StringTable features; /* chars and roles */
    Openings openings;    /* words, names and classes: of n-grams */
    /* words alone and in pairs; NULL and empty in other blocks: */
    AlignedRows word_rows, pair_rows; /* a Summand a word, of zeros if it is no feature alone; a PairRow a pair */
    uint32_t *word_features;          /* by word, or NONE */
    PairTable pair_table;
    Pair *pairs; /* by number */
    size_t n_pairs;
    uint32_t reader;      /* chars: number among these */
    uint32_t *class_words[N_FIELDS]; /* names and classes: class -> word, by the field it is found in */
} Block;

/* Trees of sequences of words; where each begins, a block or a tree of phrases knows. */
typedef struct {
    EdgeTable edges;
    Node *nodes;
    size_t n_nodes, capacity;
} Forest;

typedef struct {
    size_t agent, patient, reversal, untruth, untruth_behind, governing;
} Distances;

typedef struct {
    uint64_t seed;
    uint32_t n_features, n_columns, n_blocks, n_readers;
    AlignedRows rows; /* a Row a feature */
    double *intercepts;
    Block *blocks;

    StringTable words; /* what word n-grams are made of; words.n is any other word */
    Forest ngrams;

    StringTable lexicon; /* what phrases are made of, and the word lists */
    uint8_t *lexicon_flags;
    Forest phrases;
    Openings openings[N_TREES];

    StringTable class_names;
    Class *classes;
    uint32_t n_classes, target;
    String governing[MOST_GOVERNING];
    uint32_t n_governing;
    int bare_not_turns; /* whether a negation alone is a turning attitude */
    Distances distances;
    int reads_roles, reads_marks, reads_entries; /* the last: more than the words of tokens */
    int reads[N_FIELDS];                         /* whether anything in a field makes a difference */
    const Block *words_of[N_FIELDS]; /* by field: the block of words that is read first; NULL if there is none */
} Kernel;

/* The idf of a feature and its weights by column. */
typedef struct {
    double idf;
    float weights[];
} Row;

static inline const Row *
row_of(const Kernel *kernel, uint32_t feature)
{
    return row_at(&kernel->rows, feature);
}

/* sums += times * values */
static inline void
add_scaled(double *sums, const double *values, double times, uint32_t n_columns)
{
    uint32_t c = 0;
#ifdef HAVE_SSE2
    for (; c + 2 <= n_columns; c += 2)
        _mm_storeu_pd(sums + c, _mm_add_pd(_mm_loadu_pd(sums + c),
                                           _mm_mul_pd(_mm_set1_pd(times), _mm_loadu_pd(values + c))));
#endif
    for (; c < n_columns; c++)
        sums[c] += times * values[c];
}

/* Adds `times` of a feature to the sums of a block; returns the square that it adds to the block's length. */
static inline double
add_row(double *sums, const Row *row, double times, uint32_t n_columns)
{
    double value = times * row->idf;
    uint32_t c = 0;
#ifdef HAVE_SSE2
    for (; c + 2 <= n_columns; c += 2) {
        const __m128 weights = _mm_castpd_ps(_mm_load_sd((const double *)(const void *)(row->weights + c)));
        _mm_storeu_pd(sums + c, _mm_add_pd(_mm_loadu_pd(sums + c),
                                           _mm_mul_pd(_mm_set1_pd(value), _mm_cvtps_pd(weights))));
    }
#endif
    for (; c < n_columns; c++)
        sums[c] += value * (double)row->weights[c];
    return value * value;
}

/* What a feature adds to a block where it occurs once: to the square of its length, and to its sums. */
typedef struct {
    double square;
    double sums[];
} Summand;

/* The same as add_row, made ready: fewer instructions, and twice the memory. */
static inline double
add_summand(double *sums, const Summand *summand, double times, uint32_t n_columns)
{
    add_scaled(sums, summand->sums, times, n_columns);
    return times * times * summand->square;
}

/* A pair that is a feature. */
typedef struct {
    uint32_t first, second;
    Summand summand;
} PairRow;

/* The number of a pair of words; NONE if it is no feature. */
static inline uint32_t
find_pair(const Block *block, uint32_t first, uint32_t second)
{
    const uint64_t hash = hash_pair(&block->pair_table, first, second);
    const Bucket *bucket = bucket_of(&block->pair_table, hash);
    if (!is_taken(bucket, hash))
        return NONE;
    uint32_t number = pair_in(bucket, hash);
    const PairRow *found = row_at(&block->pair_rows, number);
    return found->first == first && found->second == second ? number : NONE;
}

/* What a block of characters has of one token: its n-grams, and their sums, each n-gram as if it stood alone in its
utterance: of idf^2, and of idf times weight by column. */
typedef struct {
    double square;
    uint32_t n_features;
    double sums[];
    /* then uint32_t features[n_features] */
} Reading;

static inline const uint32_t *
features_of(const Reading *reading, uint32_t n_columns)
{
    return (const uint32_t *)(reading->sums + n_columns);
}

/* A token under one of the marks. */
typedef struct {
    uint32_t word;
    uint32_t times;      /* in the block at hand */
    Reading *readings[]; /* by reader; NULL until the token was needed there */
} Variant;

/* What is known of a token; its text follows it. */
typedef struct {
    uint32_t length;
    uint32_t lexical; /* word of the lexicon, or NONE */
    uint32_t flags;   /* word lists, and OPENS << tree for the trees with phrases that begin with it */
    uint32_t word;    /* without a mark */
    Variant *variants[N_MARKS]; /* NULL until needed */
} Entry;

/* Where a token is found: half a cache line, which is all that is read of most words. */
typedef struct {
    Ends head;
    Entry *entry; /* NULL in an empty place */
    uint32_t word;
} Remembered;

enum { OPENS = 1 << 8 };

static inline const char *
text_of(const Entry *entry)
{
    return (const char *)(entry + 1);
}

typedef struct {
    uint32_t start, end, class;
} Symbol;

/* A word and the next that are likely a feature: where, and the number of the pair. */
typedef struct {
    uint32_t at, number;
} Neighbours;

typedef struct {
    Entry *const *entries;
    const uint32_t *words;        /* without marks */
    const Neighbours *neighbours; /* of these, for the first block of words */
    size_t n, n_neighbours;
} Tokens;

/* Where the tokens of a field lie among those of all utterances that are read together, and how many of its
neighbours are likely. */
typedef struct {
    size_t first, n, n_neighbours;
} Span;

typedef struct {
    Symbol *symbols;
    size_t n, capacity;
} Symbols;

/* A token that waits to be looked up. */
typedef struct {
    TokenText token;
    Ends head;
    uint64_t hash;
} Waiting;

/* Different strings of one utterance. */
typedef struct {
    uint32_t *slots;
    size_t mask;
    String *strings;
    uint64_t *hashes;
    size_t n, capacity;
    Arena arena;
} StringSet;

typedef struct {
    uint32_t *features;
    size_t n, capacity;
} Touched;

typedef struct Workspace {
    Escape escape;
    const Kernel *kernel;
    Folded folded[TOGETHER][N_FIELDS];
    Waiting *waiting;
    Entry **entries; /* of the utterances that are read together */
    uint32_t *words; /* of these */
    Neighbours *neighbours; /* from the same places on as their words */
    uint64_t *hashes;       /* of each word and the next, while they are looked for */
    size_t n_waiting, n_entries, entries_capacity, words_capacity, neighbours_capacity, hashes_capacity;
    Span read[TOGETHER][N_FIELDS];
    Tokens tokens[N_FIELDS]; /* of the utterance at hand */
    uint8_t *marks;
    size_t marks_capacity;

    Remembered *memo;
    char *memo_memory;
    size_t memo_mask, n_memo;
    Arena memo_arena;
    char *scratch; /* a marked token in the making */

    uint32_t *counts;       /* by feature; all 0 between blocks */
    uint16_t *short_counts; /* the same, for short utterances: half as much cache */
    uint32_t *word_counts;  /* by word; all 0 between blocks */
    Touched *touched;       /* by block: the features that are counted */
    double *sums;           /* of the block at hand, by column */
    Variant *variants[LONG]; /* the tokens of a short field, each once */
    uint32_t *units, *distinct, *once; /* the words at hand, each of them once, and pairs that occur once */
    size_t units_capacity, distinct_capacity, once_capacity;
    uint32_t often[FEW];
    Neighbours *others; /* of another block of words */
    size_t others_capacity;

    Symbols symbols, found;
    uint32_t *clauses;
    size_t clauses_capacity;
    StringSet roles;
    uint32_t *attitudes; /* classes, in the order found */
    size_t n_attitudes;
    uint8_t *seen;  /* by class: among the attitudes, or mentioned */
    int negated;    /* the cue */
    struct Workspace *next;
} Workspace;

/* memo.c */
/* Looks tokens up, by and by: their entries are there after `find_entries`. Their text must stay until then. */
void want_entries(Workspace *work, const TokenText *tokens, size_t n);
void find_entries(Workspace *work);
Variant *new_variant(Workspace *work, Entry *entry, unsigned mark);
Reading *new_reading(Workspace *work, Entry *entry, unsigned mark, const Block *block);

static inline Variant *
variant_of(Workspace *work, Entry *entry, unsigned mark)
{
    Variant *variant = entry->variants[mark];
    return variant ? variant : new_variant(work, entry, mark);
}

static inline Reading *
reading_of(Workspace *work, Entry *entry, unsigned mark, const Block *block)
{
    Reading *reading = variant_of(work, entry, mark)->readings[block->reader];
    return reading ? reading : new_reading(work, entry, mark, block);
}

void trim_memo(Workspace *work);

/* roles.c */
void find_phrases(Workspace *work, int tree, const Tokens *tokens, Symbols *found);
void read_attitudes(Workspace *work);
void mark_tokens(Workspace *work);
void read_roles(Workspace *work);

/* score.c */
void init_score(void);
/* Reads the tokens of an utterance, one of `TOGETHER`; FAILED if a field is no UTF-8. */
int read_tokens(Workspace *work, unsigned number, const Text fields[N_FIELDS]);
/* Looks up the tokens of the utterances that were read, the first `n` of them. */
void look_up(Workspace *work, unsigned n);
/* Turns to the utterance that was read as that number. */
void take_read(Workspace *work, unsigned number);
/* The same, and its scores. */
void score_read(Workspace *work, unsigned number, double *scores);
/* Counts the features of a block: work->touched[block] are those with a count. `forget` ends it. */
void count_block(Workspace *work, uint32_t block);
void forget_block(Workspace *work, uint32_t block);

static inline void
touch(Workspace *work, uint32_t block, uint32_t feature)
{
    if (work->counts[feature]++)
        return;
    Touched *touched = &work->touched[block];
    touched->features = grown(&work->escape, touched->features, &touched->capacity, touched->n + 1, 4);
    touched->features[touched->n++] = feature;
}

Workspace *new_workspace(const Kernel *kernel);
void free_workspace(Workspace *work);

#endif
