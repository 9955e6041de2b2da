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
same(const Remembered *at, Ends head, TokenText token)
{
    return !((at->head.first ^ head.first) | (at->head.last ^ head.last)) &&
           (token.length <= 16 ||
            (at->entry->length == token.length && memcmp(text_of(at->entry), token.text, token.length) == 0));
}

static void
put_entry(Remembered *memo, size_t mask, uint64_t hash, Remembered one)
{
    size_t at = hash & mask;
    while (memo[at].entry)
        at = (at + 1) & mask;
    memo[at] = one;
}

static void
resize_memo(Workspace *work, size_t size)
{
    AlignedRows rows;
    if (init_rows(&rows, size, sizeof(Remembered)) == FAILED)
        longjmp(work->escape.out_of_memory, 1);
    Remembered *memo = (Remembered *)rows.rows;
    for (size_t i = 0; work->memo && i <= work->memo_mask; i++) {
        Remembered one = work->memo[i];
        if (one.entry)
            put_entry(memo, size - 1, hash_token(work->kernel->seed, one.head, text_of(one.entry), one.entry->length), one);
    }
    free(work->memo_memory);
    work->memo_memory = rows.memory;
    work->memo = memo;
    work->memo_mask = size - 1;
}

static uint32_t
word_of(const Kernel *kernel, const char *text, size_t length)
{
    uint32_t word = find_string(&kernel->words, text, length);
    return word == NONE ? (uint32_t)kernel->words.n : word;
}

static Entry *
new_entry(Workspace *work, TokenText token, Ends head, uint64_t hash)
{
    const Kernel *kernel = work->kernel;
    if (3 * (work->n_memo + 1) > work->memo_mask + 1)
        resize_memo(work, 2 * (work->memo_mask + 1));
    Entry *entry = taken_aligned(&work->escape, &work->memo_arena, sizeof(Entry) + token.length);
    *entry = (Entry){.length = (uint32_t)token.length};
    memcpy((char *)text_of(entry), token.text, token.length);
    entry->word = word_of(kernel, token.text, token.length);
    entry->lexical = find_string(&kernel->lexicon, token.text, token.length);
    if (entry->lexical != NONE) {
        entry->flags = kernel->lexicon_flags[entry->lexical];
        for (int tree = 0; tree < N_TREES; tree++)
            if (kernel->openings[tree].nodes[entry->lexical] != NONE)
                entry->flags |= (uint32_t)OPENS << tree;
    }
    put_entry(work->memo, work->memo_mask, hash, (Remembered){head, entry, entry->word});
    work->n_memo++;
    return entry;
}

void
want_entries(Workspace *work, const TokenText *tokens, size_t n)
{
    if (work->n_waiting + n > WAITING)
        find_entries(work);
    if (!work->memo)
        resize_memo(work, 1 << 12);
    const uint64_t seed = work->kernel->seed;
    const size_t mask = work->memo_mask;
    Waiting *waiting = work->waiting + work->n_waiting;
    for (size_t i = 0; i < n; i++) {
        Ends head = head_of(tokens[i]);
        uint64_t hash = hash_token(seed, head, tokens[i].text, tokens[i].length);
        PREFETCH(&work->memo[hash & mask]);
        waiting[i] = (Waiting){tokens[i], head, hash};
    }
    work->n_waiting += n;
}

void
find_entries(Workspace *work)
{
    const Waiting *waiting = work->waiting;
    const int reads_entries = work->kernel->reads_entries;
    const size_t n = work->n_waiting, wanted = work->n_entries + n;
    work->entries = grown(&work->escape, work->entries, &work->entries_capacity, wanted, sizeof(Entry *));
    work->words = grown(&work->escape, work->words, &work->words_capacity, wanted, sizeof(uint32_t));
    Entry **entries = work->entries + work->n_entries;
    uint32_t *words = work->words + work->n_entries;
    work->n_waiting = 0;
    for (size_t i = 0; i < n; i++) {
        const TokenText token = waiting[i].token;
        const Ends head = waiting[i].head;
        size_t at = waiting[i].hash & work->memo_mask;
        while (work->memo[at].entry && !same(&work->memo[at], head, token))
            at = (at + 1) & work->memo_mask;
        entries[i] = work->memo[at].entry;
        words[i] = work->memo[at].word;
        if (!entries[i]) {
            entries[i] = new_entry(work, token, head, waiting[i].hash);
            words[i] = entries[i]->word;
        }
        if (reads_entries)
            PREFETCH(entries[i]);
    }
    work->n_entries = wanted;
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
    variant->word = mark ? word_of(kernel, work->scratch, before + entry->length) : entry->word;
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
    uint32_t n = find_grams(block, work->scratch, entry, MARKS[mark], NULL);
    size_t sums = kernel->n_columns * sizeof(double);
    Reading *reading =
        taken_aligned(&work->escape, &work->memo_arena, sizeof(Reading) + sums + n * sizeof(uint32_t));
    *reading = (Reading){.n_features = n};
    memset(reading->sums, 0, sums);
    uint32_t *features = (uint32_t *)features_of(reading, kernel->n_columns);
    find_grams(block, work->scratch, entry, MARKS[mark], features);
    for (uint32_t i = 0; i < n; i++) {
        const Row *row = row_of(kernel, features[i]);
        reading->square += add_row(reading->sums, row, 1, kernel->n_columns);
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
    free(work->memo_memory);
    work->memo = NULL;
    work->memo_memory = NULL;
    work->memo_mask = work->n_memo = 0;
}
