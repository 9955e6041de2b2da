/* Hash tables that compare what they find: equal hashes are never taken for equal keys.

The hash decides speed alone and no result, so it is in no file and may change; its seed is drawn anew in every
process, so that nobody can write a text whose words all collide. */

#ifndef STANCEKIT_TABLES_H
#define STANCEKIT_TABLES_H

#include "memory.h"

/* The bytes of a short string as two numbers that, with its length, tell it from every other of up to 16 bytes. */
typedef struct {
    uint64_t first, last;
} Ends;

static inline uint64_t
read64(const char *at)
{
    uint64_t value;
    memcpy(&value, at, 8);
    return value;
}

/* The same, the first byte being the lowest on any machine. */
static inline uint64_t
little64(const char *at)
{
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    return __builtin_bswap64(read64(at));
#else
    return read64(at);
#endif
}

static inline uint32_t
read32(const char *at)
{
    uint32_t value;
    memcpy(&value, at, 4);
    return value;
}

static inline Ends
ends_of(const char *text, size_t length)
{
    if (length >= 8)
        return (Ends){read64(text), read64(text + length - 8)};
    if (length >= 4)
        return (Ends){read32(text), read32(text + length - 4)};
    if (length == 0)
        return (Ends){0, 0};
    const unsigned char *bytes = (const unsigned char *)text;
    return (Ends){bytes[0] | (uint64_t)bytes[length / 2] << 8 | (uint64_t)bytes[length - 1] << 16, 0};
}

/* Odd numbers without a pattern: the first digits of the golden ratio, of pi and of e, in base 2. */
#define MIX_1 0x9E3779B97F4A7C15u
#define MIX_2 0x243F6A8885A308D3u
#define MIX_3 0xB7E151628AED2A6Bu

static inline uint64_t
mixed(uint64_t a, uint64_t b)
{
    uint64_t hash = (a ^ (b << 32 | b >> 32)) * MIX_1 + b * MIX_3;
    hash = (hash ^ hash >> 32) * MIX_2;
    return hash ^ hash >> 29;
}

static inline uint64_t
hash_ends(Ends ends, size_t length, uint64_t seed)
{
    return mixed(ends.first ^ seed, ends.last + length * MIX_2);
}

static inline uint64_t
hash_text(const char *text, size_t length, uint64_t seed)
{
    uint64_t hash = seed;
    size_t at = 0;
    for (; length - at > 16; at += 16)
        hash = mixed(hash ^ read64(text + at), read64(text + at + 8));
    return hash_ends(ends_of(text + at, length - at), length, hash);
}

/* Strings that lie elsewhere, numbered in the order of their coming. */
typedef struct {
    const char *text;
    uint32_t length;
} String;

typedef struct {
    uint32_t tag, number; /* number is NONE in an empty slot */
} Slot;

typedef struct {
    Slot *slots;
    size_t mask; /* slots - 1; their number is a power of two */
    String *strings;
    size_t n, capacity;
    uint64_t seed;
} StringTable;

/* What a table's functions return where there is no memory. */
#define FAILED (-1)

int init_strings(StringTable *table, size_t expected, uint64_t seed);
void free_strings(StringTable *table);
/* The number of a string, old or new; NONE if there is no memory. The text must outlive the table. */
uint32_t intern(StringTable *table, const char *text, size_t length);

static inline uint32_t
find_hashed(const StringTable *table, const char *text, size_t length, uint64_t hash)
{
    if (!table->slots)
        return NONE;
    for (size_t at = hash & table->mask;; at = (at + 1) & table->mask) {
        Slot slot = table->slots[at];
        if (slot.number == NONE)
            return NONE;
        if (slot.tag == (uint32_t)(hash >> 32)) {
            String found = table->strings[slot.number];
            if (found.length == length && memcmp(found.text, text, length) == 0)
                return slot.number;
        }
    }
}

static inline uint32_t
find_string(const StringTable *table, const char *text, size_t length)
{
    return find_hashed(table, text, length, hash_text(text, length, table->seed));
}

/* Trees of sequences: (node, word) -> child node. A node is a number; a word is a number out of a StringTable.
Most look-ups find nothing, and a bit is nearly always enough to know: the bits fit a cache where the edges do
not. */
typedef struct {
    uint64_t key;
    uint32_t child; /* NONE in an empty slot */
} Edge;

typedef struct {
    Edge *edges;
    uint64_t *bits; /* BITS_A_SLOT a slot: whether an edge may have that hash */
    size_t mask, bits_mask, n;
    uint64_t seed;
} EdgeTable;

int init_edges(EdgeTable *table, size_t expected, uint64_t seed);
void free_edges(EdgeTable *table);
/* The child there, or `child`, put there; NONE if there is no memory. */
uint32_t add_edge(EdgeTable *table, uint32_t node, uint32_t word, uint32_t child);

static inline uint64_t
hash_edge(const EdgeTable *table, uint32_t node, uint32_t word)
{
    /* Nobody chooses these numbers: a hash of two multiplications does. */
    uint64_t hash = (node * MIX_1 + word) * MIX_2 + table->seed;
    return hash ^ hash >> 32;
}

static inline int
may_have_edge(const EdgeTable *table, uint64_t hash)
{
    return table->bits[hash >> 38 & table->bits_mask] >> (hash >> 32 & 63) & 1;
}

/* The edge of a key; NULL if there is none. */
static inline const Edge *
find_edge(const EdgeTable *table, uint64_t hash, uint32_t node, uint32_t word)
{
    uint64_t key = (uint64_t)node << 32 | word;
    for (size_t at = hash & table->mask;; at = (at + 1) & table->mask) {
        const Edge *edge = &table->edges[at];
        if (edge->key == key && edge->child != NONE)
            return edge;
        if (edge->child == NONE)
            return NULL;
    }
}

static inline uint32_t
child_of(const EdgeTable *table, uint32_t node, uint32_t word)
{
    uint64_t hash = hash_edge(table, node, word);
    const Edge *edge = may_have_edge(table, hash) ? find_edge(table, hash, node, word) : NULL;
    return edge ? edge->child : NONE;
}

/* Pairs of words, in a perfect hash: a bucket knows which of its 64 places are taken, a bit each, and its factor
spreads its pairs so that no two have one place. A pair's number counts the taken places before its own. So a pair that is not
there is nearly always known by its bit, and one that is there is the only one to be compared. */
typedef struct {
    uint64_t taken;
    uint32_t first; /* number of the pair in the lowest place taken */
    uint32_t factor;
} Bucket;

typedef struct {
    uint32_t first, second, feature;
} Pair;

typedef struct {
    Bucket *buckets;
    unsigned shift; /* 64 - log2 of their number */
    uint64_t seed;
} PairTable;

/* What init_pairs returns where a pair is there twice. */
#define TWICE 1

/* Puts the pairs into the order of their numbers, `n` of them. */
int init_pairs(PairTable *table, Pair *pairs, size_t n, uint64_t seed);
void free_pairs(PairTable *table);

static inline uint64_t
hash_pair(const PairTable *table, uint32_t first, uint32_t second)
{
    /* Nobody chooses these numbers: a hash of two multiplications does. */
    uint64_t hash = ((uint64_t)first << 32 | second) * MIX_2 + table->seed;
    return (hash ^ hash >> 32) * MIX_3;
}

static inline const Bucket *
bucket_of(const PairTable *table, uint64_t hash)
{
    return &table->buckets[hash >> table->shift];
}

static inline unsigned
place_of(uint64_t hash, uint32_t factor)
{
    return (unsigned)((uint32_t)hash * factor >> 26);
}

static inline int
is_taken(const Bucket *bucket, uint64_t hash)
{
    return bucket->taken >> place_of(hash, bucket->factor) & 1;
}

static inline unsigned
count_ones(uint64_t bits)
{
    bits -= bits >> 1 & 0x5555555555555555;
    bits = (bits & 0x3333333333333333) + (bits >> 2 & 0x3333333333333333);
    return (unsigned)(((bits + (bits >> 4)) & 0x0F0F0F0F0F0F0F0F) * 0x0101010101010101 >> 56);
}

/* The number of the pair that a place is taken by. */
static inline uint32_t
pair_in(const Bucket *bucket, uint64_t hash)
{
    uint64_t below = ((uint64_t)1 << place_of(hash, bucket->factor)) - 1;
    return bucket->first + count_ones(bucket->taken & below);
}

#if defined(__SSE2__) || defined(_M_X64)
#include <emmintrin.h>
#define HAVE_SSE2 1
#endif

#if defined(__GNUC__) || defined(__clang__)
#define PREFETCH(address) __builtin_prefetch(address)
#define INLINE static inline __attribute__((always_inline))
#define NOINLINE __attribute__((noinline))
#else
#define PREFETCH(address) ((void)(address))
#define INLINE static inline
#define NOINLINE
#endif

#endif
