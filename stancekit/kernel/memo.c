/* What is known of a token, found out once and remembered: news repeats its words. */

#include "kernel.h"

enum { MEMO_BYTES = 24 << 20, LONGEST_TOKEN = TOKEN_LENGTH * 4 };

static const char *const MARKS[N_MARKS] = {"", "\xC2\xAC", "!", "!\xC2\xAC"};

#define F UINT64_MAX
static const uint64_t HEADS[17][2] = {
    {0, 0},           {0xFF, 0},           {0xFFFF, 0},         {0xFFFFFF, 0},
    {0xFFFFFFFF, 0},  {0xFFFFFFFFFF, 0},   {0xFFFFFFFFFFFF, 0}, {0xFFFFFFFFFFFFFF, 0},
    {F, 0},           {F, 0xFF},           {F, 0xFFFF},         {F, 0xFFFFFF},
    {F, 0xFFFFFFFF},  {F, 0xFFFFFFFFFF},   {F, 0xFFFFFFFFFFFF}, {F, 0xFFFFFFFFFFFFFF},
    {F, F},
};
#undef F

/* The first 16 bytes of a token, with nothing of what follows it: no branch on its length, which nothing foretells. */
static inline Ends
head_of(TokenText token)
{
    const uint64_t *mask = HEADS[token.length < 16 ? token.length : 16];
    return (Ends){little64(token.text) & mask[0], little64(token.text + 8) & mask[1]};
}

/* Tokens are anybody's: the seed is secret. No token has a NUL, so the head tells the length of a short one. */
static inline uint64_t
hash_head(uint64_t seed, Ends head)
{
    uint64_t hash = (head.first ^ seed) * MIX_1;
    hash = ((hash ^ hash >> 32) + head.last) * MIX_2;
    return hash ^ hash >> 32;
}

static inline uint64_t
hash_token(uint64_t seed, Ends head, const char *text, size_t length)
{
    return length <= 16 ? hash_head(seed, head) : hash_text(text, length, seed);
}

static inline int
same(const Entry *entry, Ends head, TokenText token)
{
    return !((entry->ends.first ^ head.first) | (entry->ends.last ^ head.last)) &&
           (token.length <= 16 || (entry->length == token.length &&
                                   memcmp(text_of(entry), token.text, token.length) == 0));
}

static void
put_entry(Entry **memo, size_t mask, uint64_t hash, Entry *entry)
{
    size_t at = hash & mask;
    while (memo[at])
        at = (at + 1) & mask;
    memo[at] = entry;
}

static void
resize_memo(Workspace *work, size_t size)
{
    Entry **memo = calloc(size, sizeof(Entry *));
    if (!memo)
        longjmp(work->escape.out_of_memory, 1);
    for (size_t i = 0; work->memo && i <= work->memo_mask; i++) {
        Entry *entry = work->memo[i];
        if (entry)
            put_entry(memo, size - 1, hash_token(work->kernel->seed, entry->ends, text_of(entry), entry->length), entry);
    }
    free(work->memo);
    work->memo = memo;
    work->memo_mask = size - 1;
}

static Entry *
new_entry(Workspace *work, TokenText token, Ends ends, uint64_t hash)
{
    const Kernel *kernel = work->kernel;
    if (3 * (work->n_memo + 1) > work->memo_mask + 1)
        resize_memo(work, 2 * (work->memo_mask + 1));
    Entry *entry = taken_aligned(&work->escape, &work->memo_arena, sizeof(Entry) + token.length);
    *entry = (Entry){.ends = ends, .length = (uint32_t)token.length};
    memcpy((char *)text_of(entry), token.text, token.length);
    entry->lexical = find_string(&kernel->lexicon, token.text, token.length);
    if (entry->lexical != NONE) {
        entry->flags = kernel->lexicon_flags[entry->lexical];
        for (int tree = 0; tree < N_TREES; tree++)
            if (kernel->openings[tree][entry->lexical] != NONE)
                entry->flags |= (uint32_t)OPENS << tree;
    }
    put_entry(work->memo, work->memo_mask, hash, entry);
    work->n_memo++;
    return entry;
}

void
want_entry(Workspace *work, TokenText token, Tokens *tokens, size_t at)
{
    if (work->n_waiting == WAITING)
        find_entries(work);
    if (!work->memo)
        resize_memo(work, 1 << 12);
    Ends head = head_of(token);
    uint64_t hash = hash_token(work->kernel->seed, head, token.text, token.length);
    PREFETCH(&work->memo[hash & work->memo_mask]);
    work->waiting[work->n_waiting++] = (Waiting){token, head, hash, tokens, at};
}

/* In three rounds, so that the memory that one token needs comes while others are looked at. */
void
find_entries(Workspace *work)
{
    const Waiting *waiting = work->waiting;
    size_t n = work->n_waiting;
    work->n_waiting = 0;
    for (size_t i = 0; i < n; i++) {
        const Entry *likely = work->memo[waiting[i].hash & work->memo_mask];
        if (likely)
            PREFETCH(likely);
    }
    for (size_t i = 0; i < n; i++) {
        size_t at = waiting[i].hash & work->memo_mask;
        Entry *entry;
        while ((entry = work->memo[at]) && !same(entry, waiting[i].head, waiting[i].token))
            at = (at + 1) & work->memo_mask;
        if (!entry)
            entry = new_entry(work, waiting[i].token, waiting[i].head, waiting[i].hash);
        else if (entry->variants[0])
            PREFETCH(entry->variants[0]);
        waiting[i].tokens->entries[waiting[i].at] = entry;
    }
}

Variant *
new_variant(Workspace *work, Entry *entry, unsigned mark)
{
    const Kernel *kernel = work->kernel;
    size_t size = sizeof(Variant) + kernel->n_readers * sizeof(Reading *), before = strlen(MARKS[mark]);
    Variant *variant = taken(&work->escape, &work->memo_arena, size);
    memset(variant, 0, size);
    memcpy(work->scratch, MARKS[mark], before);
    memcpy(work->scratch + before, text_of(entry), entry->length);
    variant->word = find_string(&kernel->words, work->scratch, before + entry->length);
    return entry->variants[mark] = variant;
}

/* The n-grams of a padded token: as features.char_ngrams has them. Returns how many; `features` may be NULL. */
static uint32_t
find_grams(const Block *block, char *scratch, const Entry *entry, const char *mark, uint32_t *features)
{
    uint32_t n = 0;
    size_t before = strlen(mark);
    size_t starts[TOKEN_LENGTH + 3], codes = 0; /* of the padded token's code points, in bytes */
    char padded[LONGEST_TOKEN + 2];
    padded[0] = ' ';
    memcpy(padded + 1, text_of(entry), entry->length);
    padded[entry->length + 1] = ' ';
    for (size_t at = 0; at < entry->length + 2; at++)
        if (((unsigned char)padded[at] & 0xC0) != 0x80)
            starts[codes++] = at;
    starts[codes] = entry->length + 2;
    memcpy(scratch, mark, before);
    for (size_t size = (size_t)block->n_min; size <= (size_t)block->n_max; size++) {
        size_t span = size < codes ? size : codes;
        for (size_t i = 0; i + span <= codes; i++) {
            size_t length = starts[i + span] - starts[i];
            memcpy(scratch + before, padded + starts[i], length);
            uint32_t found = find_string(&block->features, scratch, before + length);
            if (found == NONE)
                continue;
            if (features)
                features[n] = block->first + found;
            n++;
        }
        if (codes <= size)
            break;
    }
    return n;
}

Reading *
new_reading(Workspace *work, Entry *entry, unsigned mark, const Block *block)
{
    const Kernel *kernel = work->kernel;
    Variant *variant = variant_of(work, entry, mark);
    Node node = {NONE, 0};
    uint32_t n, at = NONE;
    if (block->unit == CHARS) {
        n = find_grams(block, work->scratch, entry, MARKS[mark], NULL);
    }
    else {
        if (variant->word != NONE && (at = block->openings[variant->word]) != NONE)
            node = kernel->ngrams.nodes[at];
        n = node.value != NONE;
    }
    size_t sums = kernel->n_columns * sizeof(double);
    Reading *reading =
        taken_aligned(&work->escape, &work->memo_arena, sizeof(Reading) + sums + n * sizeof(uint32_t));
    *reading = (Reading){.n_features = n, .node = node.inner ? at : NONE};
    memset(reading->sums, 0, sums);
    uint32_t *features = (uint32_t *)features_of(reading, kernel->n_columns);
    if (block->unit == CHARS)
        find_grams(block, work->scratch, entry, MARKS[mark], features);
    else if (n)
        features[0] = node.value;
    for (uint32_t i = 0; i < n; i++) {
        const Row *row = row_of(kernel, features[i]);
        reading->square += row->idf * row->idf;
        add_row(reading->sums, row, 1, kernel->n_columns);
    }
    return variant->readings[block->reader] = reading;
}

/* Forgets everything once it is much; between utterances only, for their tokens point into the memo. */
void
trim_memo(Workspace *work)
{
    if (work->memo_arena.total <= MEMO_BYTES)
        return;
    free_arena(&work->memo_arena);
    free(work->memo);
    work->memo = NULL;
    work->memo_mask = work->n_memo = 0;
}
