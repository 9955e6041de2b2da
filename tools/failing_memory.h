/* Memory that runs out at a place of one's choosing; included before every file of the kernel by
tools/sanitize.sh, and steered by tools/failing_memory.py. */

#include <stdlib.h>

__attribute__((weak)) long failing_memory_left = -1; /* allocations before the one that fails; below 0, none does */
__attribute__((weak)) long failing_memory_held = 0;  /* blocks that are not given back */

static inline int
failing_memory_fails(void)
{
    return failing_memory_left >= 0 && failing_memory_left-- == 0;
}

static inline void *
failing_malloc(size_t size)
{
    void *memory = failing_memory_fails() ? NULL : malloc(size);
    failing_memory_held += memory != NULL;
    return memory;
}

static inline void *
failing_calloc(size_t n, size_t size)
{
    void *memory = failing_memory_fails() ? NULL : calloc(n, size);
    failing_memory_held += memory != NULL;
    return memory;
}

static inline void *
failing_realloc(void *before, size_t size)
{
    void *memory = failing_memory_fails() ? NULL : realloc(before, size);
    failing_memory_held += memory && !before;
    return memory;
}

static inline void
counted_free(void *memory)
{
    failing_memory_held -= memory != NULL;
    free(memory);
}

#define malloc(size) failing_malloc(size)
#define calloc(n, size) failing_calloc(n, size)
#define realloc(before, size) failing_realloc(before, size)
#define free(memory) counted_free(memory)
