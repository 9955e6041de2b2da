#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "tables.h"
#include "text.h"

/* Every byte of ASCII, lowered; and what it is. */
enum { OTHER, WORD, APOSTROPHE };

static inline int
class_of_ascii(unsigned char byte)
{
    if ((byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte == '_')
        return WORD;
    return byte == '\'' ? APOSTROPHE : OTHER;
}

static inline unsigned char
lowered_ascii(unsigned char byte)
{
    return byte >= 'A' && byte <= 'Z' ? byte | 0x20 : byte;
}

static inline void
mark(uint64_t *marks, size_t at, uint64_t bits, unsigned n)
{
    marks[at >> 6] |= bits << (at & 63);
    if ((at & 63) + n > 64)
        marks[(at >> 6) + 1] |= bits >> (64 - (at & 63));
}

static inline void
mark_apostrophes(Folded *folded, uint64_t bits, unsigned n)
{
    folded->has_apostrophes = 1;
    mark(folded->apostrophe, folded->length, bits, n);
}

static inline void
put_ascii(Folded *folded, unsigned char byte)
{
    byte = lowered_ascii(byte);
    int class = class_of_ascii(byte);
    folded->bytes[folded->length] = (char)byte;
    if (class == WORD)
        mark(folded->word, folded->length, 1, 1);
    else if (class == APOSTROPHE)
        mark_apostrophes(folded, 1, 1);
    folded->length++;
}

static void
put(Folded *folded, uint32_t code)
{
    if (code < 0x80) {
        put_ascii(folded, (unsigned char)code);
        return;
    }
    if (code == 0x130) { /* its lower case is two code points */
        put_ascii(folded, 'i');
        return;
    }
    code = Py_UNICODE_TOLOWER(code);
    if (code == 0x2018 || code == 0x2019 || code == 0x2BC || code == 0xFF07)
        code = '\'';
    if (code < 0x80) { /* the Kelvin sign is one of those that lower to ASCII */
        put_ascii(folded, (unsigned char)code);
        return;
    }
    if (code == 0x3C2) /* final sigma: whether a sigma is one depends on its neighbours */
        code = 0x3C3;
    unsigned n = encode_utf8(code, folded->bytes + folded->length);
    if (Py_UNICODE_ISALNUM(code))
        mark(folded->word, folded->length, (1u << n) - 1, n);
    folded->length += n;
}

static inline uint32_t
code_at(const void *data, size_t at, int width)
{
    if (width == 1)
        return ((const uint8_t *)data)[at];
    return width == 2 ? ((const uint16_t *)data)[at] : ((const uint32_t *)data)[at];
}

static inline unsigned
trailing_zeros(uint64_t bits)
{
#if defined(__GNUC__) || defined(__clang__)
    return (unsigned)__builtin_ctzll(bits);
#else
    unsigned n = 0;
    while (!(bits & 1)) {
        bits >>= 1;
        n++;
    }
    return n;
#endif
}

#ifdef HAVE_SSE2
/* 16 bytes of ASCII in lower case, and which of them belong to words, or are apostrophes: a bit each. Comparisons are
signed, which is well below 0x80. */
static inline void
fold_16(__m128i x, char *out, uint64_t *word, uint64_t *apostrophes)
{
    const __m128i case_bit = _mm_set1_epi8(0x20), lower = _mm_or_si128(x, case_bit);
    const __m128i letter = _mm_and_si128(_mm_cmpgt_epi8(lower, _mm_set1_epi8('a' - 1)),
                                         _mm_cmplt_epi8(lower, _mm_set1_epi8('z' + 1)));
    const __m128i digit = _mm_and_si128(_mm_cmpgt_epi8(x, _mm_set1_epi8('0' - 1)),
                                        _mm_cmplt_epi8(x, _mm_set1_epi8('9' + 1)));
    const __m128i other = _mm_or_si128(digit, _mm_cmpeq_epi8(x, _mm_set1_epi8('_')));
    _mm_storeu_si128((__m128i *)out, _mm_or_si128(x, _mm_and_si128(letter, case_bit)));
    *word = (uint64_t)_mm_movemask_epi8(_mm_or_si128(letter, other));
    *apostrophes = (uint64_t)_mm_movemask_epi8(_mm_cmpeq_epi8(x, _mm_set1_epi8('\'')));
}

/* The first `n` of 16 bytes, which are ASCII. */
static inline void
put_ascii_16(Folded *folded, __m128i x, unsigned n)
{
    const uint64_t first = ((uint64_t)1 << n) - 1;
    uint64_t word, apostrophes;
    fold_16(x, folded->bytes + folded->length, &word, &apostrophes);
    mark(folded->word, folded->length, word & first, 16);
    if (apostrophes & first)
        mark_apostrophes(folded, apostrophes & first, 16);
    folded->length += n;
}

/* 64 bytes, or the last `n`, where 64 bits begin; how many it were: none if one of them is not ASCII. */
static inline size_t
put_ascii_64(Folded *folded, const char *from, size_t n)
{
    char few[64];
    if (n < 64) { /* nothing behind the end may be read */
        memset(few, 0, sizeof few);
        memcpy(few, from, n);
        from = few;
    }
    __m128i x[4];
    for (int i = 0; i < 4; i++)
        x[i] = _mm_loadu_si128((const __m128i *)from + i);
    if (_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(x[0], x[1]), _mm_or_si128(x[2], x[3]))))
        return 0;
    uint64_t words = 0, apostrophes = 0;
    for (int i = 0; i < 4; i++) {
        uint64_t word, apostrophe;
        fold_16(x[i], folded->bytes + folded->length + 16 * i, &word, &apostrophe);
        words |= word << 16 * i;
        apostrophes |= apostrophe << 16 * i;
    }
    folded->word[folded->length / 64] = words;
    folded->apostrophe[folded->length / 64] = apostrophes;
    folded->has_apostrophes |= apostrophes != 0;
    folded->length += n;
    return n;
}
#endif

/* Folds what is ASCII at the beginning of the next characters; how many these were, 16 at most. */
static inline size_t
put_ascii_run(Folded *folded, const void *data, size_t at, size_t end, int width)
{
#ifdef HAVE_SSE2
    if (width <= 2) {
        const char *from = (const char *)data + at * (size_t)width;
        char few[32] = {0};
        size_t n = 16;
        if (end - at < 16) { /* nothing behind the end may be read */
            n = end - at;
            memcpy(few, from, n * (size_t)width);
            from = few;
        }
        __m128i bytes = _mm_loadu_si128((const __m128i *)from);
        unsigned outside;
        if (width == 1) {
            outside = (unsigned)_mm_movemask_epi8(bytes);
        }
        else {
            const __m128i high = _mm_loadu_si128((const __m128i *)from + 1), above = _mm_set1_epi16((short)0xFF80),
                          none = _mm_setzero_si128();
            outside = 0xFFFF ^ (unsigned)_mm_movemask_epi8(
                                   _mm_packs_epi16(_mm_cmpeq_epi16(_mm_and_si128(bytes, above), none),
                                                   _mm_cmpeq_epi16(_mm_and_si128(high, above), none)));
            bytes = _mm_packus_epi16(bytes, high);
        }
        const size_t run = trailing_zeros(outside | 1u << 16);
        n = run < n ? run : n;
        put_ascii_16(folded, bytes, (unsigned)n);
        return n;
    }
#endif
    size_t n = 0;
    for (; n < 16 && at + n < end && code_at(data, at + n, width) < 0x80; n++)
        put_ascii(folded, (unsigned char)code_at(data, at + n, width));
    return n;
}

/* The code point at `*at` of UTF-8, and the place after it; NONE if there is none. */
static uint32_t
decoded(const uint8_t *data, size_t *at, size_t length)
{
    uint32_t code = data[*at];
    unsigned more = code >= 0xF0 ? 3 : code >= 0xE0 ? 2 : 1;
    if (code < 0xC2 || code > 0xF4 || length - *at <= more)
        return NONE;
    code &= 0x3F >> more;
    for (unsigned i = 1; i <= more; i++) {
        uint32_t byte = data[*at + i];
        if ((byte & 0xC0) != 0x80)
            return NONE;
        code = code << 6 | (byte & 0x3F);
    }
    if (code < (more == 3 ? 0x10000u : more == 2 ? 0x800u : 0x80u) || code > 0x10FFFF ||
        (code >= 0xD800 && code < 0xE000))
        return NONE;
    *at += more + 1;
    return code;
}

enum { STRETCH = 4096, WIDEST = 4 };

static NOINLINE void
grow_folded(Escape *escape, Folded *folded, size_t wanted)
{
    uint64_t **const marks[] = {&folded->word, &folded->apostrophe};
    size_t *const capacities[] = {&folded->word_capacity, &folded->apostrophe_capacity};
    for (int i = 0; i < 2; i++) {
        size_t before = *capacities[i];
        *marks[i] = grown(escape, *marks[i], capacities[i], wanted / 64 + 2, 8);
        memset(*marks[i] + before, 0, (*capacities[i] - before) * 8);
    }
    folded->bytes = grown(escape, folded->bytes, &folded->capacity, wanted, 1);
}

/* Room for a stretch of characters, and 64 bytes more: what reads or writes 16 bytes may go beyond the end. */
static inline void
make_room(Escape *escape, Folded *folded)
{
    const size_t wanted = folded->length + STRETCH * WIDEST + 64;
    if (wanted > folded->capacity)
        grow_folded(escape, folded, wanted);
}

/* An apostrophe between two characters of words joins them. Of the others nothing is kept. */
static void
join_words(Folded *folded)
{
    uint64_t *word = folded->word, *apostrophe = folded->apostrophe;
    for (size_t i = 0; i <= folded->length / 64; i++) {
        uint64_t after = word[i] << 1 | (i ? word[i - 1] >> 63 : 0), before = word[i] >> 1 | word[i + 1] << 63;
        apostrophe[i] &= after & before;
        word[i] |= apostrophe[i];
    }
}

int
fold(Escape *escape, Folded *folded, Text text)
{
    make_room(escape, folded);
    for (size_t i = 0; i < folded->length / 64 + 2; i++)
        folded->word[i] = folded->apostrophe[i] = 0;
    folded->length = 0;
    folded->has_apostrophes = 0;
    int width = text.kind == UTF8 ? 1 : text.kind;
    for (size_t at = 0; at < text.length; make_room(escape, folded)) {
        size_t end = text.length - at < STRETCH ? text.length : at + STRETCH;
        while (at < end) {
#ifdef HAVE_SSE2
            if (width == 1 && folded->length % 64 == 0) {
                const size_t n = put_ascii_64(folded, (const char *)text.data + at, end - at < 64 ? end - at : 64);
                at += n;
                if (n)
                    continue;
            }
#endif
            at += put_ascii_run(folded, text.data, at, end, width);
            uint32_t code = at < end ? code_at(text.data, at, width) : 0;
            if (code < 0x80)
                continue;
            if (text.kind != UTF8)
                at++;
            else if ((code = decoded(text.data, &at, text.length)) == NONE)
                return FAILED;
            put(folded, code);
        }
    }
    if (folded->has_apostrophes)
        join_words(folded);
    return 0;
}

void
free_folded(Folded *folded)
{
    free(folded->bytes);
    free(folded->word);
    free(folded->apostrophe);
    *folded = (Folded){0};
}

static TokenText
cut(const char *text, size_t length)
{
    if (length > TOKEN_LENGTH) {
        size_t bytes = 0, codes = 0;
        while (bytes < length) {
            if (((unsigned char)text[bytes] & 0xC0) != 0x80 && codes++ == TOKEN_LENGTH)
                break;
            bytes++;
        }
        length = bytes;
    }
    return (TokenText){text, length};
}

static int
is_clitic(const char *text, size_t length)
{
    if (length == 2)
        return text[1] == 's' || text[1] == 'd' || text[1] == 'm';
    if (length != 3)
        return 0;
    return memcmp(text, "'re", 3) == 0 || memcmp(text, "'ve", 3) == 0 || memcmp(text, "'ll", 3) == 0;
}

static const char NOT[32] = "not";

/* The tokens of a word in which there is an apostrophe, the last of them at `apostrophe`; how many: 1 or 2. */
static size_t
split(const char *text, size_t length, size_t apostrophe, TokenText *tokens)
{
    if (length >= 3 && memcmp(text + length - 3, "n't", 3) == 0) {
        size_t n = 0;
        if (length > 3)
            tokens[n++] = cut(text, length - 3);
        tokens[n++] = (TokenText){NOT, 3};
        return n;
    }
    if (is_clitic(text + apostrophe, length - apostrophe)) {
        tokens[0] = cut(text, apostrophe);
        tokens[1] = (TokenText){text + apostrophe, length - apostrophe};
        return 2;
    }
    tokens[0] = cut(text, length);
    return 1;
}

/* The next apostrophe within a word from `at` on; NOWHERE if there is none. */
static size_t
next_apostrophe(const Folded *folded, size_t at)
{
    if (!folded->has_apostrophes)
        return NOWHERE;
    for (size_t block = at >> 6, passed = at & 63; block <= folded->length / 64; block++, passed = 0) {
        uint64_t bits = folded->apostrophe[block] >> passed << passed;
        if (bits)
            return block * 64 + trailing_zeros(bits);
    }
    return NOWHERE;
}

TokenReader
token_reader(const Folded *folded)
{
    return (TokenReader){.folded = folded, .start = NOWHERE, .apostrophe = next_apostrophe(folded, 0)};
}

/* The tokens of a word that is long, or has an apostrophe. */
static NOINLINE size_t
put_odd_word(TokenReader *reader, size_t start, size_t end, TokenText *tokens)
{
    const char *text = reader->folded->bytes + start;
    if (end <= reader->apostrophe) {
        tokens[0] = cut(text, end - start);
        return 1;
    }
    size_t last;
    do {
        last = reader->apostrophe;
        reader->apostrophe = next_apostrophe(reader->folded, last + 1);
    } while (reader->apostrophe < end);
    return split(text, end - start, last - start, tokens);
}

INLINE size_t
put_word(TokenReader *reader, const char *bytes, size_t start, size_t end, TokenText *tokens)
{
    if (end > reader->apostrophe || end - start > TOKEN_LENGTH)
        return put_odd_word(reader, start, end, tokens);
    tokens[0] = (TokenText){bytes + start, end - start};
    return 1;
}

size_t
next_tokens(TokenReader *reader, TokenText tokens[TOKEN_GROUP])
{
    enum { MOST = 2 * (64 / 2 + 1) }; /* tokens of the words that end in 64 bytes */
    const uint64_t *word = reader->folded->word;
    const char *bytes = reader->folded->bytes;
    const size_t last = reader->folded->length / 64;
    size_t n = 0, block = reader->block, start = reader->start;
    /* The bits beyond the text are 0, and there is at least one of them: every word ends. */
    for (; block <= last && n + MOST <= TOKEN_GROUP; block++) {
        const size_t base = block * 64;
        uint64_t edges = word[block] ^ (word[block] << 1 | (start != NOWHERE));
        if (start != NOWHERE && edges) {
            n += put_word(reader, bytes, start, base + trailing_zeros(edges), tokens + n);
            edges &= edges - 1;
            start = NOWHERE;
        }
        while (edges) {
            const size_t begin = base + trailing_zeros(edges);
            edges &= edges - 1;
            if (!edges) {
                start = begin;
                break;
            }
            n += put_word(reader, bytes, begin, base + trailing_zeros(edges), tokens + n);
            edges &= edges - 1;
        }
    }
    reader->block = block;
    reader->start = start;
    return n;
}
