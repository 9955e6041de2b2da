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
enum { TOGETHER = 8 };       /* utterances that are read before the first is scored: memory has time to come */
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

typedef struct {
    int field, unit, n_min, n_max, turned;
    double weight;
    uint32_t first, n_features;
    StringTable features; /* chars and roles */
    uint32_t *openings;   /* words, names and classes: word -> node of the n-grams that begin with it, or NONE */
    uint32_t reader;      /* words and chars: number among these */
    int whole;            /* whether the sums of whole tokens can be used: chars, and words of n-grams of 1 to 2 */
    uint32_t *class_words[N_FIELDS]; /* names and classes: class -> word or NONE, by the field it is found in */
} Block;

/* A node of a tree of word n-grams, or of phrases. */
typedef struct {
    uint32_t value; /* feature or class; NONE if nothing ends here */
    uint32_t inner; /* whether anything follows */
} Node;

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
    size_t row_size;
    char *rows, *rows_memory; /* a row a feature: double idf, float weights[n_columns] */
    double *intercepts;
    Block *blocks;

    StringTable words; /* what word n-grams are made of */
    Forest ngrams;

    StringTable lexicon; /* what phrases are made of, and the word lists */
    uint8_t *lexicon_flags;
    Forest phrases;
    uint32_t *openings[N_TREES]; /* word of the lexicon -> node of the phrases that begin with it, or NONE */

    StringTable class_names;
    Class *classes;
    uint32_t n_classes, target;
    String governing[MOST_GOVERNING];
    uint32_t n_governing;
    int bare_not_turns; /* whether a negation alone is a turning attitude */
    Distances distances;
    int reads_roles, reads_marks;
    unsigned streams[N_FIELDS]; /* by field: bit 0 if whole blocks read its tokens plain, bit 1 if turned */
} Kernel;

typedef struct {
    double idf;
    float weights[];
} Row;

static inline const Row *
row_of(const Kernel *kernel, uint32_t feature)
{
    return (const Row *)(kernel->rows + feature * kernel->row_size);
}

/* Adds `times` of a feature to the sums of a block. */
static inline void
add_row(double *sums, const Row *row, double times, uint32_t n_columns)
{
    double value = times * row->idf;
    for (uint32_t c = 0; c < n_columns; c++)
        sums[c] += value * (double)row->weights[c];
}

/* What one block reads of one token: its character n-grams, or the token as a word. The sums are over these
features, each as if it stood alone in its utterance: of idf^2, and of idf times weight by column. Six columns
make it a cache line. */
typedef struct {
    double square;
    uint32_t n_features;
    uint32_t node; /* of the n-grams that begin with the word; NONE if there are no longer ones */
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
    uint32_t word;       /* NONE if no n-gram has it */
    uint32_t times;      /* in the stream at hand */
    Reading *readings[]; /* by reader; NULL until the token was needed there */
} Variant;

/* What is known of a token; its text follows it. A cache line. */
typedef struct {
    Ends ends;
    uint32_t length;
    uint32_t lexical; /* word of the lexicon, or NONE */
    uint32_t flags;   /* word lists, and OPENS << tree for the trees with phrases that begin with it */
    Variant *variants[N_MARKS]; /* NULL until needed */
} Entry;

enum { OPENS = 1 << 8 };

static inline const char *
text_of(const Entry *entry)
{
    return (const char *)(entry + 1);
}

typedef struct {
    uint32_t start, end, class;
} Symbol;

typedef struct {
    Entry **entries;
    size_t n, capacity;
} Tokens;

typedef struct {
    Symbol *symbols;
    size_t n, capacity;
} Symbols;

/* A token that waits to be looked up, and the place where its entry goes. */
typedef struct {
    TokenText token;
    Ends head;
    uint64_t hash;
    Tokens *tokens;
    size_t at;
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

/* Two neighbours that may be a feature. */
typedef struct {
    uint64_t hash;
    uint32_t node, at;
} Pair;

typedef struct Workspace {
    Escape escape;
    const Kernel *kernel;
    Folded folded[TOGETHER][N_FIELDS];
    Waiting *waiting;
    size_t n_waiting;
    Tokens read[TOGETHER][N_FIELDS]; /* of the utterances that are read together */
    Tokens *tokens;                  /* of the one at hand */
    uint8_t *marks;
    size_t marks_capacity;

    Entry **memo;
    size_t memo_mask, n_memo;
    Arena memo_arena;
    char *scratch; /* a marked token in the making */

    uint32_t *counts;       /* by feature; all 0 between blocks */
    uint16_t *short_counts; /* the same, for short utterances: half as much cache */
    Touched *touched;       /* by block: the features that are counted */
    double *sums;           /* of the block at hand, by column */
    Variant **stream, **distinct; /* the tokens at hand, and each once */
    size_t n_stream, n_distinct, stream_capacity, distinct_capacity;
    Pair *pairs;
    size_t pairs_capacity;
    uint32_t *units;
    size_t units_capacity;

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
/* Looks a token up, by and by: `entries[at]` is there after `find_entries`. The token's text must stay until then. */
void want_entry(Workspace *work, TokenText token, Tokens *tokens, size_t at);
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
/* The scores of the utterance that was read as that number. */
void score_read(Workspace *work, unsigned number, double *scores);
/* Counts the features of a block: work->touched[block] are those with a count. `forget` ends it. */
void count_block(Workspace *work, uint32_t block);
void forget_block(Workspace *work, uint32_t block);
void prepare(Workspace *work);

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
