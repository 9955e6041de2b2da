#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "tables.h"
#include "text.h"

#if defined(__SSE2__) || defined(_M_X64)
#include <emmintrin.h>
#define HAVE_SSE2 1
#endif

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
mark(Folded *folded, size_t at, uint64_t bits, unsigned n)
{
    folded->word[at >> 6] |= bits << (at & 63);
    if ((at & 63) + n > 64)
        folded->word[(at >> 6) + 1] |= bits >> (64 - (at & 63));
}

static inline void
put_ascii(Folded *folded, unsigned char byte)
{
    byte = lowered_ascii(byte);
    int class = class_of_ascii(byte);
    folded->bytes[folded->length] = (char)byte;
    if (class == WORD)
        mark(folded, folded->length, 1, 1);
    folded->apostrophes |= class == APOSTROPHE;
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
        mark(folded, folded->length, (1u << n) - 1, n);
    folded->length += n;
}

#ifdef HAVE_SSE2
/* 16 bytes of ASCII. Comparisons are signed, which is well below 0x80. */
static inline void
put_ascii_16(Folded *folded, __m128i x)
{
    const __m128i upper = _mm_and_si128(_mm_cmpgt_epi8(x, _mm_set1_epi8('A' - 1)),
                                        _mm_cmplt_epi8(x, _mm_set1_epi8('Z' + 1)));
    x = _mm_or_si128(x, _mm_and_si128(upper, _mm_set1_epi8(0x20)));
    const __m128i letter = _mm_and_si128(_mm_cmpgt_epi8(x, _mm_set1_epi8('a' - 1)),
                                         _mm_cmplt_epi8(x, _mm_set1_epi8('z' + 1)));
    const __m128i digit = _mm_and_si128(_mm_cmpgt_epi8(x, _mm_set1_epi8('0' - 1)),
                                        _mm_cmplt_epi8(x, _mm_set1_epi8('9' + 1)));
    const __m128i word = _mm_or_si128(_mm_or_si128(letter, digit), _mm_cmpeq_epi8(x, _mm_set1_epi8('_')));
    _mm_storeu_si128((__m128i *)(folded->bytes + folded->length), x);
    mark(folded, folded->length, (uint64_t)_mm_movemask_epi8(word), 16);
    folded->apostrophes |= _mm_movemask_epi8(_mm_cmpeq_epi8(x, _mm_set1_epi8('\'')));
    folded->length += 16;
}
#endif

/* How many of the next 16 characters were folded at once: 16, or 0 if they are not all ASCII. */
static inline size_t
put_16(Folded *folded, const void *data, size_t at, int width)
{
#ifdef HAVE_SSE2
    __m128i bytes;
    if (width == 1) {
        bytes = _mm_loadu_si128((const __m128i *)((const char *)data + at));
        if (_mm_movemask_epi8(bytes))
            return 0;
    }
    else if (width == 2) {
        const __m128i *from = (const __m128i *)((const uint16_t *)data + at);
        const __m128i low = _mm_loadu_si128(from), high = _mm_loadu_si128(from + 1);
        const __m128i outside = _mm_and_si128(_mm_or_si128(low, high), _mm_set1_epi16((short)0xFF80));
        if (_mm_movemask_epi8(_mm_cmpeq_epi16(outside, _mm_setzero_si128())) != 0xFFFF)
            return 0;
        bytes = _mm_packus_epi16(low, high);
    }
    else {
        return 0;
    }
    put_ascii_16(folded, bytes);
    return 16;
#else
    (void)folded, (void)data, (void)at, (void)width;
    return 0;
#endif
}

static inline uint32_t
code_at(const void *data, size_t at, int width)
{
    if (width == 1)
        return ((const uint8_t *)data)[at];
    return width == 2 ? ((const uint16_t *)data)[at] : ((const uint32_t *)data)[at];
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

/* Room for a stretch of characters, and 64 bytes more: what reads 8 or 16 bytes may look beyond the end. */
static void
make_room(Escape *escape, Folded *folded)
{
    size_t wanted = folded->length + STRETCH * WIDEST + 64;
    size_t before = folded->word_capacity;
    folded->bytes = grown(escape, folded->bytes, &folded->bytes_capacity, wanted, 1);
    folded->word = grown(escape, folded->word, &folded->word_capacity, wanted / 64 + 2, 8);
    memset(folded->word + before, 0, (folded->word_capacity - before) * 8);
}

int
fold(Escape *escape, Folded *folded, Text text)
{
    if (folded->word)
        memset(folded->word, 0, (folded->length / 64 + 2) * 8);
    folded->length = 0;
    folded->apostrophes = 0;
    make_room(escape, folded);
    int width = text.kind == UTF8 ? 1 : text.kind;
    for (size_t at = 0; at < text.length; make_room(escape, folded)) {
        size_t end = text.length - at < STRETCH ? text.length : at + STRETCH;
        while (at < end) {
            size_t done = end - at >= 16 ? put_16(folded, text.data, at, width) : 0;
            if (done) {
                at += done;
                continue;
            }
            size_t stop = end - at > 16 ? at + 16 : end;
            while (at < stop) {
                uint32_t code = code_at(text.data, at, width);
                if (text.kind == UTF8 && code >= 0x80) {
                    code = decoded(text.data, &at, text.length);
                    if (code == NONE)
                        return FAILED;
                }
                else {
                    at++;
                }
                put(folded, code);
            }
        }
    }
    return 0;
}

void
free_folded(Folded *folded)
{
    free(folded->bytes);
    free(folded->word);
    *folded = (Folded){0};
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

/* The first place from `at` where a byte is, or is not, of a word; the length if there is none. */
static inline size_t
next_place(const Folded *folded, size_t at, uint64_t flip)
{
    size_t length = folded->length;
    if (at >= length)
        return length;
    size_t index = at >> 6, last = (length - 1) >> 6;
    uint64_t bits = (folded->word[index] ^ flip) >> (at & 63) << (at & 63);
    while (!bits) {
        if (index == last)
            return length;
        bits = folded->word[++index] ^ flip;
    }
    at = index * 64 + trailing_zeros(bits);
    return at < length ? at : length;
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

/* The next token of a text with apostrophes. */
static int
next_joined(TokenReader *reader, TokenText *token)
{
    if (reader->waiting.length) {
        *token = reader->waiting;
        reader->waiting.length = 0;
        return 1;
    }
    const Folded *folded = reader->folded;
    size_t start = next_place(folded, reader->at, 0), end, apostrophe = NOWHERE;
    if (start == folded->length)
        return 0;
    end = next_place(folded, start, ~(uint64_t)0);
    while (end + 1 < folded->length && folded->bytes[end] == '\'' &&
           folded->word[(end + 1) >> 6] >> ((end + 1) & 63) & 1) {
        apostrophe = end;
        end = next_place(folded, end + 1, ~(uint64_t)0);
    }
    reader->at = end;
    const char *text = folded->bytes + start;
    size_t length = end - start;
    if (apostrophe != NOWHERE) {
        if (length >= 3 && memcmp(text + length - 3, "n't", 3) == 0) {
            *token = (TokenText){NOT, 3};
            if (length > 3) {
                reader->waiting = *token;
                *token = cut(text, length - 3);
            }
            return 1;
        }
        size_t before = apostrophe - start;
        if (is_clitic(text + before, length - before)) {
            reader->waiting = (TokenText){text + before, length - before};
            *token = cut(text, before);
            return 1;
        }
    }
    *token = cut(text, length);
    return 1;
}

TokenReader
token_reader(const Folded *folded)
{
    return (TokenReader){.folded = folded, .start = NOWHERE};
}

size_t
next_tokens(TokenReader *reader, TokenText *tokens, size_t room)
{
    const Folded *folded = reader->folded;
    size_t n = 0;
    if (folded->apostrophes) {
        while (n < room && next_joined(reader, &tokens[n]))
            n++;
        return n;
    }
    /* The bits beyond the text are 0, and there is at least one of them: every word ends. */
    const uint64_t *word = folded->word;
    const char *bytes = folded->bytes;
    uint64_t edges = reader->edges;
    size_t at = reader->at, start = reader->start, last = folded->length;
    while (n < room) {
        if (!edges) {
            if (at > last)
                break;
            uint64_t bits = word[at >> 6];
            edges = bits ^ (bits << 1 | (at ? word[(at >> 6) - 1] >> 63 : 0));
            at += 64;
            continue;
        }
        size_t place = at - 64 + trailing_zeros(edges);
        edges &= edges - 1;
        if (start == NOWHERE) {
            start = place;
            if (!edges)
                continue;
            place = at - 64 + trailing_zeros(edges);
            edges &= edges - 1;
        }
        size_t length = place - start;
        tokens[n++] = length > TOKEN_LENGTH ? cut(bytes + start, length) : (TokenText){bytes + start, length};
        start = NOWHERE;
    }
    reader->edges = edges;
    reader->at = at;
    reader->start = start;
    return n;
}
