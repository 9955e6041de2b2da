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
    *table = (StringTable){.seed = seed};
    return resize_strings(table, room_for(expected));
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
        size_t capacity = table->capacity ? 2 * table->capacity : 64;
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
    put_edge(table, (Edge){(uint64_t)node << 32 | word, child, NONE});
    table->n++;
    return child;
}
