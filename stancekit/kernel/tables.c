#include "tables.h"

static void
place(StringTable *table, uint32_t number, uint64_t hash)
{
    size_t at = hash & table->mask;
    while (table->slots[at].number != NONE)
        at = (at + 1) & table->mask;
    table->slots[at] = (Slot){(uint32_t)(hash >> 32), number};
}

static size_t
room_for(size_t expected)
{
    size_t size = 16;
    while (size < 2 * expected)
        size *= 2;
    return size;
}

static int
resize_strings(StringTable *table, size_t size)
{
    Slot *slots = malloc(size * sizeof(Slot));
    if (!slots)
        return FAILED;
    memset(slots, 0xFF, size * sizeof(Slot));
    free(table->slots);
    table->slots = slots;
    table->mask = size - 1;
    for (size_t i = 0; i < table->n; i++)
        place(table, (uint32_t)i, hash_text(table->strings[i].text, table->strings[i].length, table->seed));
    return 0;
}

int
init_strings(StringTable *table, size_t expected, uint64_t seed)
{
    *table = (StringTable){.strings = malloc((expected + 1) * sizeof(String)), .capacity = expected + 1, .seed = seed};
    return table->strings ? resize_strings(table, room_for(expected)) : FAILED;
}

void
free_strings(StringTable *table)
{
    free(table->slots);
    free(table->strings);
    *table = (StringTable){0};
}

uint32_t
intern(StringTable *table, const char *text, size_t length)
{
    uint64_t hash = hash_text(text, length, table->seed);
    uint32_t number = find_hashed(table, text, length, hash);
    if (number != NONE)
        return number;
    if (length >= NONE || table->n >= NONE - 1)
        return NONE;
    if (table->n == table->capacity) {
        size_t capacity = 2 * table->capacity;
        String *strings = realloc(table->strings, capacity * sizeof(String));
        if (!strings)
            return NONE;
        table->strings = strings;
        table->capacity = capacity;
    }
    if (2 * (table->n + 1) > table->mask + 1 && resize_strings(table, 2 * (table->mask + 1)) == FAILED)
        return NONE;
    number = (uint32_t)table->n++;
    table->strings[number] = (String){text, (uint32_t)length};
    place(table, number, hash);
    return number;
}

enum { BITS_A_SLOT = 8 };

static void
put_edge(EdgeTable *table, Edge edge)
{
    uint64_t hash = hash_edge(table, (uint32_t)(edge.key >> 32), (uint32_t)edge.key), bit = hash >> 32;
    size_t at = hash & table->mask;
    while (table->edges[at].child != NONE)
        at = (at + 1) & table->mask;
    table->edges[at] = edge;
    table->bits[bit >> 6 & table->bits_mask] |= (uint64_t)1 << (bit & 63);
}

static int
resize_edges(EdgeTable *table, size_t size)
{
    size_t words = size * BITS_A_SLOT / 64;
    EdgeTable fresh = {malloc(size * sizeof(Edge)), calloc(words, 8), size - 1, words - 1, table->n, table->seed};
    if (!fresh.edges || !fresh.bits) {
        free(fresh.edges);
        free(fresh.bits);
        return FAILED;
    }
    memset(fresh.edges, 0xFF, size * sizeof(Edge));
    for (size_t i = 0; table->edges && i <= table->mask; i++)
        if (table->edges[i].child != NONE)
            put_edge(&fresh, table->edges[i]);
    free(table->edges);
    free(table->bits);
    *table = fresh;
    return 0;
}

int
init_edges(EdgeTable *table, size_t expected, uint64_t seed)
{
    *table = (EdgeTable){.seed = seed};
    return resize_edges(table, room_for(expected));
}

void
free_edges(EdgeTable *table)
{
    free(table->edges);
    free(table->bits);
    *table = (EdgeTable){0};
}

uint32_t
add_edge(EdgeTable *table, uint32_t node, uint32_t word, uint32_t child)
{
    uint32_t found = child_of(table, node, word);
    if (found != NONE)
        return found;
    if (2 * (table->n + 1) > table->mask + 1 && resize_edges(table, 2 * (table->mask + 1)) == FAILED)
        return NONE;
    put_edge(table, (Edge){(uint64_t)node << 32 | word, child});
    table->n++;
    return child;
}

enum { PAIRS_A_BUCKET = 8, FACTORS = 1 << 12, MOST_A_BUCKET = 64 };

/* The bits of the pairs' places under a factor; 0 if two of them have one. */
static uint64_t
places_taken(const uint64_t *hashes, size_t n, uint32_t factor)
{
    uint64_t taken = 0;
    for (size_t i = 0; i < n; i++) {
        uint64_t bit = (uint64_t)1 << place_of(hashes[i], factor);
        if (taken & bit)
            return 0;
        taken |= bit;
    }
    return taken;
}

/* Finds a factor for a bucket, and puts its pairs into the order of their places. */
static int
fill_bucket(const PairTable *table, Bucket *bucket, Pair *pairs, size_t n)
{
    uint64_t hashes[MOST_A_BUCKET];
    Pair ordered[MOST_A_BUCKET];
    if (n > MOST_A_BUCKET)
        return FAILED;
    for (size_t i = 0; i < n; i++)
        hashes[i] = hash_pair(table, pairs[i].first, pairs[i].second);
    for (bucket->factor = 1; n > 0 && !(bucket->taken = places_taken(hashes, n, bucket->factor));
         bucket->factor += 2)
        if (bucket->factor >= FACTORS)
            return FAILED;
    for (size_t i = 0; i < n; i++)
        ordered[pair_in(bucket, hashes[i]) - bucket->first] = pairs[i];
    memcpy(pairs, ordered, n * sizeof(Pair));
    return 0;
}

/* Fills as many buckets as 2 to the `bits`; 1 if it cannot be done with these and this seed. */
static int
fill_buckets(PairTable *table, Pair *pairs, size_t n, unsigned bits)
{
    const size_t size = (size_t)1 << bits;
    Bucket *buckets = calloc(size, sizeof(Bucket));
    Pair *sorted = malloc(n * sizeof(Pair) + 1);
    int outcome = buckets && sorted ? 0 : FAILED;
    table->buckets = buckets;
    table->shift = 64 - bits;
    if (outcome == 0) {
        /* By bucket: `first` is how many there are, then where they begin, then where they end. */
        for (size_t i = 0; i < n; i++)
            buckets[hash_pair(table, pairs[i].first, pairs[i].second) >> table->shift].first++;
        uint32_t total = 0;
        for (size_t b = 0; b < size; b++) {
            uint32_t here = buckets[b].first;
            buckets[b].first = total;
            total += here;
        }
        for (size_t i = 0; i < n; i++)
            sorted[buckets[hash_pair(table, pairs[i].first, pairs[i].second) >> table->shift].first++] = pairs[i];
        for (size_t b = 0, begin = 0; b < size && outcome == 0; b++) {
            size_t end = buckets[b].first;
            buckets[b].first = (uint32_t)begin;
            outcome = fill_bucket(table, &buckets[b], sorted + begin, end - begin) == FAILED;
            begin = end;
        }
        if (outcome == 0)
            memcpy(pairs, sorted, n * sizeof(Pair));
    }
    free(sorted);
    if (outcome != 0)
        free_pairs(table);
    return outcome;
}

int
init_pairs(PairTable *table, Pair *pairs, size_t n, uint64_t seed)
{
    unsigned bits = 1;
    while (((size_t)PAIRS_A_BUCKET << bits) < n)
        bits++;
    /* With other seeds and more buckets it goes well sooner or later, unless a pair is there twice. */
    for (unsigned attempt = 0; attempt < 8; attempt++) {
        *table = (PairTable){.seed = seed + attempt * MIX_1};
        int outcome = fill_buckets(table, pairs, n, bits + attempt / 2);
        if (outcome <= 0)
            return outcome;
    }
    return TWICE;
}

void
free_pairs(PairTable *table)
{
    free(table->buckets);
    *table = (PairTable){0};
}
