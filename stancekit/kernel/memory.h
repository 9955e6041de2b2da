/* Memory that is asked for by the thread that scores, and given back all at once.

A thread that holds no lock of Python's cannot raise MemoryError where an allocation fails. It jumps back to
where it began instead, and the whole workspace is thrown away there. */

#ifndef STANCEKIT_MEMORY_H
#define STANCEKIT_MEMORY_H

#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if defined(__GNUC__) || defined(__clang__)
#pragma GCC visibility push(hidden) /* the module's parts call each other directly */
#endif

#define NONE UINT32_MAX /* no feature, no class, no word */

typedef struct {
    jmp_buf out_of_memory;
} Escape;

/* `items`, never NULL, with room for `wanted` items of a size; capacity at least doubles, so appending is linear. */
static inline void *
grown(Escape *escape, void *items, size_t *capacity, size_t wanted, size_t size)
{
    if (items && wanted <= *capacity)
        return items;
    size_t room = *capacity < 16 ? 16 : *capacity;
    while (room < wanted) {
        if (room > SIZE_MAX / 2 / size)
            longjmp(escape->out_of_memory, 1);
        room *= 2;
    }
    items = realloc(items, room * size);
    if (!items)
        longjmp(escape->out_of_memory, 1);
    *capacity = room;
    return items;
}

/* Blocks of memory that are never moved, and freed together. */
typedef struct Chunk {
    struct Chunk *before;
    size_t used, size;
    _Alignas(16) char bytes[];
} Chunk;

typedef struct {
    Chunk *last;
    size_t total;
} Arena;

static inline void *
taken(Escape *escape, Arena *arena, size_t size)
{
    size = (size + 15) & ~(size_t)15;
    Chunk *chunk = arena->last;
    if (!chunk || chunk->size - chunk->used < size) {
        size_t room = size > (size_t)1 << 18 ? size : (size_t)1 << 18;
        chunk = malloc(sizeof(Chunk) + room);
        if (!chunk)
            longjmp(escape->out_of_memory, 1);
        *chunk = (Chunk){.before = arena->last, .size = room};
        arena->last = chunk;
        arena->total += room;
    }
    void *memory = chunk->bytes + chunk->used;
    chunk->used += size;
    return memory;
}

/* The same, at the start of a cache line. */
static inline void *
taken_aligned(Escape *escape, Arena *arena, size_t size)
{
    uintptr_t memory = (uintptr_t)taken(escape, arena, size + 63);
    return (void *)((memory + 63) & ~(uintptr_t)63);
}

static inline void
free_arena(Arena *arena)
{
    while (arena->last) {
        Chunk *chunk = arena->last;
        arena->last = chunk->before;
        free(chunk);
    }
    arena->total = 0;
}

/* Rows of one size that lie in cache lines as well as they can: none in two lines if it fits in one. */
typedef struct {
    char *rows, *memory;
    size_t size;
} AlignedRows;

enum { CACHE_LINE = 64 };

/* Rows of zeros; FAILED if there is no memory. */
static inline int
init_rows(AlignedRows *rows, size_t n, size_t size)
{
    size_t room = 8;
    while (room < size && room < CACHE_LINE)
        room *= 2;
    while (room < size)
        room += CACHE_LINE;
    if (n > (SIZE_MAX - CACHE_LINE) / room || !(rows->memory = calloc(n * room + CACHE_LINE, 1)))
        return -1;
    rows->rows = rows->memory + (CACHE_LINE - (uintptr_t)rows->memory % CACHE_LINE) % CACHE_LINE;
    rows->size = room;
    return 0;
}

static inline void *
row_at(const AlignedRows *rows, size_t number)
{
    return rows->rows + number * rows->size;
}

#endif
