/* Text -> folded text -> tokens, as stancekit.features defines them. */

#ifndef STANCEKIT_TEXT_H
#define STANCEKIT_TEXT_H

#include "memory.h"

#define TOKEN_LENGTH 40 /* code points of a token that count */

/* Folded text in UTF-8, and which of its bytes belong to words: a bit a byte. */
typedef struct {
    char *bytes;
    size_t length, capacity;
    uint64_t *word, *apostrophe; /* the second: apostrophes within words, which are bits of `word` too */
    size_t word_capacity, apostrophe_capacity;
    int has_apostrophes;
} Folded;

/* A string as Python, or a table in memory, holds it: code points of 1, 2 or 4 bytes, or UTF-8. */
typedef struct {
    const void *data;
    size_t length; /* in code points; of UTF-8, in bytes */
    int kind;      /* 1, 2, 4, or UTF8 */
} Text;

#define UTF8 0

/* Writes a code point in UTF-8; how many bytes it takes, 4 at most. */
static inline unsigned
encode_utf8(uint32_t code, char *out)
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    unsigned n = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const unsigned char first[] = {0, 0, 0xC0, 0xE0, 0xF0};
    out[0] = (char)(first[n] | code >> 6 * (n - 1));
    for (unsigned i = 1; i < n; i++)
        out[i] = (char)(0x80 | (code >> 6 * (n - 1 - i) & 0x3F));
    return n;
}

/* Folds `text`; returns FAILED if it is no UTF-8. */
int fold(Escape *escape, Folded *folded, Text text);
void free_folded(Folded *folded);

typedef struct {
    const char *text;
    size_t length;
} TokenText;

/* Reads tokens group by group. */
typedef struct {
    const Folded *folded;
    size_t block;      /* the next 64 bytes */
    size_t start;      /* of the word that is open; NOWHERE if none is */
    size_t apostrophe; /* the next one within a word; NOWHERE if there is none */
} TokenReader;

#define NOWHERE SIZE_MAX

enum { TOKEN_GROUP = 128 };

TokenReader token_reader(const Folded *folded);
/* The next tokens; how many there are, 0 at the end. At least 16 bytes can be read from each. */
size_t next_tokens(TokenReader *reader, TokenText tokens[TOKEN_GROUP]);

#endif
