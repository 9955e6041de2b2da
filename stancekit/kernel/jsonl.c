/* A line of JSON Lines -> the strings text, cue and source, without an object in between.

Only what is plainly right is read here: a flat object with different keys. Everything else is odd, and left to
Python, which reads it or says what is wrong with it. */

#include "kernel.h"
#include "jsonl.h"

enum { MOST_KEYS = 16 };

typedef struct {
    const char *at, *end;
} Cursor;

static void
skip_space(Cursor *cursor)
{
    while (cursor->at < cursor->end && (*cursor->at == ' ' || *cursor->at == '\t' || *cursor->at == '\r'))
        cursor->at++;
}

static int
take(Cursor *cursor, char wanted)
{
    skip_space(cursor);
    if (cursor->at == cursor->end || *cursor->at != wanted)
        return 0;
    cursor->at++;
    return 1;
}

/* The inside of a string; whether there is one. Its escapes are looked at when it is unescaped. */
static int
take_string(Cursor *cursor, String *inside, int *escaped)
{
    if (!take(cursor, '"'))
        return 0;
    const char *start = cursor->at;
    *escaped = 0;
    for (; cursor->at < cursor->end; cursor->at++) {
        unsigned char byte = (unsigned char)*cursor->at;
        if (byte == '"') {
            size_t length = (size_t)(cursor->at++ - start);
            *inside = (String){start, (uint32_t)length};
            return length < NONE;
        }
        if (byte < 0x20)
            return 0;
        if (byte == '\\') {
            *escaped = 1;
            if (++cursor->at == cursor->end)
                return 0;
        }
    }
    return 0;
}

static int
take_digits(Cursor *cursor)
{
    const char *start = cursor->at;
    while (cursor->at < cursor->end && *cursor->at >= '0' && *cursor->at <= '9')
        cursor->at++;
    return cursor->at > start;
}

/* A number of at most 100 characters: longer ones may be too large. */
static int
take_number(Cursor *cursor)
{
    const char *start = cursor->at;
    if (cursor->at < cursor->end && *cursor->at == '-')
        cursor->at++;
    const char *first = cursor->at;
    if (!take_digits(cursor) || (*first == '0' && cursor->at > first + 1))
        return 0;
    if (cursor->at < cursor->end && *cursor->at == '.') {
        cursor->at++;
        if (!take_digits(cursor))
            return 0;
    }
    if (cursor->at < cursor->end && (*cursor->at == 'e' || *cursor->at == 'E'))
        return 0; /* it may be too large */
    return cursor->at - start <= 100;
}

static int
take_word(Cursor *cursor, const char *word)
{
    size_t length = strlen(word);
    if ((size_t)(cursor->end - cursor->at) < length || memcmp(cursor->at, word, length) != 0)
        return 0;
    cursor->at += length;
    return 1;
}

static int
hexadecimal(const char *at, const char *end, uint32_t *value)
{
    if (end - at < 4)
        return 0;
    *value = 0;
    for (int i = 0; i < 4; i++) {
        char c = at[i];
        uint32_t digit = c >= '0' && c <= '9'   ? (uint32_t)(c - '0')
                         : c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a' + 10)
                         : c >= 'A' && c <= 'F' ? (uint32_t)(c - 'A' + 10)
                                                : 16;
        if (digit == 16)
            return 0;
        *value = *value << 4 | digit;
    }
    return 1;
}

/* A string without its escapes, which are never shorter than what they stand for. */
static int
unescape(String inside, char *out, size_t *length)
{
    static const char simple[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    const char *at = inside.text, *end = at + inside.length;
    char *start = out;
    while (at < end) {
        if (*at != '\\') {
            *out++ = *at++;
            continue;
        }
        at++; /* take_string has seen that something follows */
        const char *found = *at ? strchr(simple, *at) : NULL;
        if (found) {
            *out++ = meant[found - simple];
            at++;
            continue;
        }
        uint32_t code, low;
        if (*at != 'u' || !hexadecimal(at + 1, end, &code))
            return 0;
        at += 5;
        if (code >= 0xD800 && code < 0xE000) {
            if (code >= 0xDC00 || end - at < 6 || at[0] != '\\' || at[1] != 'u' ||
                !hexadecimal(at + 2, end, &low) || low < 0xDC00 || low > 0xDFFF)
                return 0; /* half of a pair */
            code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
            at += 6;
        }
        out += encode_utf8(code, out);
    }
    *length = (size_t)(out - start);
    return 1;
}

static int
is_repeated(const String *keys, size_t n)
{
    for (size_t i = 0; i + 1 < n; i++)
        if (keys[i].length == keys[n - 1].length && memcmp(keys[i].text, keys[n - 1].text, keys[i].length) == 0)
            return 1;
    return 0;
}

int
read_json_line(Escape *escape, JsonScratch *scratch, const char *line, size_t length, Text fields[N_FIELDS])
{
    static const char *const names[N_FIELDS] = {[CONTENT] = "text", [CUE] = "cue", [SOURCE] = "source"};
    Cursor cursor = {line, line + length};
    String keys[MOST_KEYS], inside;
    int escaped, has_text = 0;
    for (int field = 0; field < N_FIELDS; field++)
        fields[field] = (Text){"", 0, UTF8};
    if (!take(&cursor, '{'))
        return 0;
    for (size_t n = 0;;) {
        if (n == MOST_KEYS || !take_string(&cursor, &keys[n++], &escaped) || escaped || is_repeated(keys, n) ||
            !take(&cursor, ':'))
            return 0;
        String key = keys[n - 1];
        int field = 0;
        while (field < N_FIELDS && (strlen(names[field]) != key.length || memcmp(names[field], key.text, key.length)))
            field++;
        skip_space(&cursor);
        if (cursor.at == cursor.end)
            return 0;
        if (*cursor.at == '"') {
            if (!take_string(&cursor, &inside, &escaped))
                return 0;
            if (field < N_FIELDS) {
                has_text |= field == CONTENT;
                fields[field] = (Text){inside.text, inside.length, UTF8};
                if (escaped) {
                    size_t size = 0;
                    char **buffer = &scratch->buffers[field];
                    *buffer = grown(escape, *buffer, &scratch->capacities[field], inside.length, 1);
                    if (!unescape(inside, *buffer, &size))
                        return 0;
                    fields[field] = (Text){*buffer, size, UTF8};
                }
            }
            else if (escaped) {
                return 0; /* whether its escapes are right is Python's to say */
            }
        }
        else if (take_word(&cursor, "null")) {
            if (field == CONTENT)
                return 0;
        }
        else if (field < N_FIELDS || !(take_word(&cursor, "true") || take_word(&cursor, "false") || take_number(&cursor))) {
            return 0;
        }
        if (take(&cursor, ','))
            continue;
        if (!take(&cursor, '}'))
            return 0;
        skip_space(&cursor);
        return cursor.at == cursor.end && has_text;
    }
}

void
free_json_scratch(JsonScratch *scratch)
{
    for (int field = 0; field < N_FIELDS; field++)
        free(scratch->buffers[field]);
}

int
next_line(const char *data, size_t size, size_t *at, JsonLine *line)
{
    while (*at < size) {
        const char *start = data + *at, *end = memchr(start, '\n', size - *at);
        size_t length = end ? (size_t)(end - start) : size - *at;
        *at += length + (end != NULL);
        for (size_t i = 0; i < length; i++)
            if (start[i] != ' ' && start[i] != '\t' && start[i] != '\r') {
                *line = (JsonLine){start, length};
                return 1;
            }
    }
    return 0;
}
