/* The module stancekit.kernel._native: the type Kernel, as stancekit/kernel/__init__.py uses it. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <math.h>

#include "jsonl.h"
#include "kernel.h"

enum { MOST_COLUMNS = 1 << 20 };
enum { BATCH = 512 }; /* utterances that are scored before another thread of Python's may take its turn */

typedef struct {
    uint32_t first, n_labels;
    double scale;
    double *bias; /* NULL if there is none */
} Head;

typedef struct {
    PyObject_HEAD
    Kernel kernel;
    char *vocabulary;
    Arena names;   /* what the tables of lexicon and classes point to */
    Escape escape; /* of the arena, while the kernel is made */
    Head *heads;
    uint32_t n_heads;
    Workspace *idle; /* guarded by Python's lock */
} KernelObject;

/* ---- making a kernel ---- */

static int
no_memory(void)
{
    PyErr_NoMemory();
    return FAILED;
}

/* PyArg_ParseTuple, of what may be no tuple. A spec is made of tuples alone: nothing of it can change while a
number is asked for its value. */
static int
parse(PyObject *item, const char *format, ...)
{
    if (!PyTuple_Check(item)) {
        PyErr_Format(PyExc_TypeError, "expected a tuple, found %s", Py_TYPE(item)->tp_name);
        return FAILED;
    }
    va_list values;
    va_start(values, format);
    int parsed = PyArg_VaParse(item, format, values);
    va_end(values);
    return parsed ? 0 : FAILED;
}

/* A copy of a str's UTF-8 that lives as long as the kernel. */
static int
kept(KernelObject *self, PyObject *string, String *copy)
{
    Py_ssize_t length;
    const char *text = PyUnicode_AsUTF8AndSize(string, &length);
    if (!text)
        return FAILED;
    if (setjmp(self->escape.out_of_memory))
        return no_memory();
    char *memory = taken(&self->escape, &self->names, (size_t)length + 1);
    memcpy(memory, text, (size_t)length + 1);
    *copy = (String){memory, (uint32_t)length};
    return 0;
}

static uint32_t
add_node(Forest *forest)
{
    if (forest->n_nodes == forest->capacity) {
        size_t room = forest->capacity ? 2 * forest->capacity : 1024;
        Node *nodes = realloc(forest->nodes, room * sizeof(Node));
        if (!nodes)
            return NONE;
        forest->nodes = nodes;
        forest->capacity = room;
    }
    forest->nodes[forest->n_nodes] = (Node){NONE, 0};
    return (uint32_t)forest->n_nodes++;
}

/* Gives the first `n` words a place among the openings. */
static int
open_words(Openings *openings, size_t n)
{
    if (n <= openings->n)
        return 0;
    size_t room = n > 2 * openings->n ? n : 2 * openings->n;
    uint32_t *nodes = realloc(openings->nodes, room * sizeof(uint32_t));
    if (!nodes)
        return FAILED;
    memset(nodes + openings->n, 0xFF, (room - openings->n) * sizeof(uint32_t));
    *openings = (Openings){nodes, room};
    return 0;
}

/* The node where a sequence of words joined by a space ends, old or new; NONE if there is no memory. */
static uint32_t
add_sequence(Forest *forest, StringTable *words, Openings *openings, const char *text, size_t length)
{
    uint32_t node = NONE;
    for (size_t start = 0, at = 0; at <= length; at++) {
        if (at < length && text[at] != ' ')
            continue;
        uint32_t word = intern(words, text + start, at - start);
        if (word == NONE || open_words(openings, words->n) == FAILED)
            return NONE;
        uint32_t child = start == 0 ? openings->nodes[word] : child_of(&forest->edges, node, word);
        if (start > 0)
            forest->nodes[node].inner = 1;
        if (child == NONE) {
            child = add_node(forest);
            if (child == NONE || (start > 0 && add_edge(&forest->edges, node, word, child) == NONE))
                return NONE;
            if (start == 0)
                openings->nodes[word] = child;
        }
        node = child;
        start = at + 1;
    }
    return node;
}

/* Puts a phrase into a tree; the first class that has it keeps it. */
static int
add_phrase(Kernel *kernel, Openings *openings, String phrase, uint32_t class)
{
    if (phrase.length == 0)
        return 0;
    uint32_t node = add_sequence(&kernel->phrases, &kernel->lexicon, openings, phrase.text, phrase.length);
    if (node == NONE)
        return no_memory();
    if (kernel->phrases.nodes[node].value == NONE)
        kernel->phrases.nodes[node].value = class;
    return 0;
}

/* classes: ((name, flags, governing or -1), ...) */
static int
read_classes(KernelObject *self, PyObject *classes)
{
    Kernel *kernel = &self->kernel;
    size_t n = (size_t)PyTuple_GET_SIZE(classes);
    kernel->classes = calloc(n + 1, sizeof(Class));
    if (!kernel->classes || init_strings(&kernel->class_names, n, kernel->seed) == FAILED)
        return no_memory();
    for (size_t i = 0; i < n; i++) {
        PyObject *string;
        int governing;
        unsigned flags;
        String name;
        if (parse(PyTuple_GET_ITEM(classes, (Py_ssize_t)i), "UIi", &string, &flags, &governing) == FAILED ||
            kept(self, string, &name) == FAILED)
            return FAILED;
        if (name.length > 32 || governing >= MOST_GOVERNING) {
            PyErr_Format(PyExc_ValueError, "expected class names of 32 bytes at most, and %d that govern an act",
                         MOST_GOVERNING);
            return FAILED;
        }
        uint32_t number = intern(&kernel->class_names, name.text, name.length);
        if (number == NONE)
            return no_memory();
        if (number != i) {
            PyErr_SetString(PyExc_ValueError, "expected every class once");
            return FAILED;
        }
        kernel->classes[i] = (Class){name.text, name.length, flags, governing < 0 ? NONE : (uint32_t)governing};
        if (governing >= 0) {
            kernel->governing[governing] = name;
            if ((uint32_t)governing >= kernel->n_governing)
                kernel->n_governing = (uint32_t)governing + 1;
        }
    }
    kernel->n_classes = (uint32_t)n;
    kernel->target = find_string(&kernel->class_names, "target", 6);
    if (kernel->target == NONE) {
        PyErr_SetString(PyExc_ValueError, "expected a class target");
        return FAILED;
    }
    return 0;
}

/* tree: ((class, (phrase, ...)), ...) */
static int
read_tree(KernelObject *self, PyObject *tree, Openings *openings)
{
    Kernel *kernel = &self->kernel;
    if (!PyTuple_Check(tree)) {
        PyErr_SetString(PyExc_TypeError, "expected a tuple of classes");
        return FAILED;
    }
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(tree); i++) {
        PyObject *name, *strings;
        Py_ssize_t length;
        if (parse(PyTuple_GET_ITEM(tree, i), "UO!", &name, &PyTuple_Type, &strings) == FAILED)
            return FAILED;
        const char *text = PyUnicode_AsUTF8AndSize(name, &length);
        if (!text)
            return FAILED;
        uint32_t class = find_string(&kernel->class_names, text, (size_t)length);
        if (class == NONE) {
            PyErr_Format(PyExc_ValueError, "expected a class, found %R", name);
            return FAILED;
        }
        for (Py_ssize_t k = 0; k < PyTuple_GET_SIZE(strings); k++) {
            String phrase;
            if (kept(self, PyTuple_GET_ITEM(strings, k), &phrase) == FAILED ||
                add_phrase(kernel, openings, phrase, class) == FAILED)
                return FAILED;
        }
    }
    return 0;
}

/* word_lists: ((token, flags), ...); trees: one of each kind. */
static int
read_phrases(KernelObject *self, PyObject *word_lists, PyObject *trees)
{
    Kernel *kernel = &self->kernel;
    if (init_strings(&kernel->lexicon, 8192, kernel->seed) == FAILED ||
        init_edges(&kernel->phrases.edges, 16384, kernel->seed) == FAILED)
        return no_memory();
    if (PyTuple_GET_SIZE(trees) != N_TREES) {
        PyErr_Format(PyExc_ValueError, "expected %d trees", N_TREES);
        return FAILED;
    }
    for (int tree = 0; tree < N_TREES; tree++)
        if (read_tree(self, PyTuple_GET_ITEM(trees, tree), &kernel->openings[tree]) == FAILED)
            return FAILED;
    const size_t n_lists = (size_t)PyTuple_GET_SIZE(word_lists);
    if (!(kernel->lexicon_flags = calloc(kernel->lexicon.n + n_lists + 1, 1)))
        return no_memory();
    for (size_t i = 0; i < n_lists; i++) {
        PyObject *string;
        unsigned char flags;
        String token;
        if (parse(PyTuple_GET_ITEM(word_lists, (Py_ssize_t)i), "Ub", &string, &flags) == FAILED ||
            kept(self, string, &token) == FAILED)
            return FAILED;
        uint32_t word = intern(&kernel->lexicon, token.text, token.length);
        if (word == NONE)
            return no_memory();
        kernel->lexicon_flags[word] = flags;
    }
    for (int tree = 0; tree < N_TREES; tree++)
        if (open_words(&kernel->openings[tree], kernel->lexicon.n + 1) == FAILED)
            return no_memory();
    return 0;
}

static int
only_once(void)
{
    PyErr_SetString(PyExc_ValueError, "expected every feature once");
    return FAILED;
}

/* A feature of a block of words, names or classes: its words are put into the tree of n-grams. */
static int
add_ngram(Kernel *kernel, Block *block, const char *text, size_t length, uint32_t feature)
{
    size_t n_words = 1;
    for (size_t i = 0; i < length; i++)
        n_words += text[i] == ' ';
    if (n_words < (size_t)block->n_min || n_words > (size_t)block->n_max)
        return 0; /* no utterance has it */
    uint32_t node = add_sequence(&kernel->ngrams, &kernel->words, &block->openings, text, length);
    if (node == NONE)
        return no_memory();
    if (kernel->ngrams.nodes[node].value != NONE)
        return only_once();
    kernel->ngrams.nodes[node].value = feature;
    return 0;
}

/* What holds a block's features: a table of strings, pairs of words, or trees. */
static int
has_strings(const Block *block)
{
    return block->unit == CHARS || block->unit == ROLES;
}

static int
has_pairs(const Block *block)
{
    return block->unit == WORDS && block->n_min == 1 && block->n_max <= 2;
}

/* A feature of a block of words alone and in pairs; `second` of a word alone is NONE. */
static int
add_pair(Kernel *kernel, Block *block, const char *text, size_t length, uint32_t feature)
{
    const char *end = text + length, *space = memchr(text, ' ', length);
    Pair pair = {.second = NONE, .feature = feature};
    if (space && (block->n_max < 2 || memchr(space + 1, ' ', (size_t)(end - space - 1))))
        return 0; /* no utterance has it */
    pair.first = intern(&kernel->words, text, (size_t)((space ? space : end) - text));
    if (space)
        pair.second = intern(&kernel->words, space + 1, (size_t)(end - space - 1));
    if (pair.first == NONE || (space && pair.second == NONE))
        return no_memory();
    block->pairs[block->n_pairs++] = pair;
    return 0;
}

static void
write_summand(Summand *summand, const Kernel *kernel, uint32_t feature)
{
    const Row *row = row_of(kernel, feature);
    summand->square = row->idf * row->idf;
    for (uint32_t c = 0; c < kernel->n_columns; c++)
        summand->sums[c] = row->idf * (double)row->weights[c];
}

/* What a block has of every word, and of every pair. */
static int
read_pairs(Kernel *kernel, Block *block)
{
    const uint32_t n_words = (uint32_t)kernel->words.n, n_columns = kernel->n_columns;
    const size_t n_bytes = n_columns * sizeof(double);
    if (!(block->word_features = malloc((n_words + (size_t)1) * sizeof(uint32_t))) ||
        init_rows(&block->word_rows, n_words + (size_t)1, sizeof(Summand) + n_bytes) == FAILED)
        return no_memory();
    memset(block->word_features, 0xFF, (n_words + (size_t)1) * sizeof(uint32_t));
    size_t n = 0;
    for (size_t i = 0; i < block->n_pairs; i++) {
        const Pair pair = block->pairs[i];
        if (pair.second != NONE) {
            block->pairs[n++] = pair;
            continue;
        }
        if (block->word_features[pair.first] != NONE)
            return only_once();
        block->word_features[pair.first] = pair.feature;
        write_summand(row_at(&block->word_rows, pair.first), kernel, pair.feature);
    }
    block->n_pairs = n;
    int outcome = init_pairs(&block->pair_table, block->pairs, n, kernel->seed);
    if (outcome == TWICE)
        return only_once();
    if (outcome == FAILED || init_rows(&block->pair_rows, n, sizeof(PairRow) + n_bytes) == FAILED)
        return no_memory();
    for (size_t i = 0; i < n; i++) {
        PairRow *pair = row_at(&block->pair_rows, i);
        pair->first = block->pairs[i].first;
        pair->second = block->pairs[i].second;
        write_summand(&pair->summand, kernel, block->pairs[i].feature);
    }
    if (!block->turned && !kernel->words_of[block->field])
        kernel->words_of[block->field] = block;
    return 0;
}

/* vocabulary: UTF-8, a line a feature; block by block. */
static int
read_vocabulary(KernelObject *self, size_t size)
{
    Kernel *kernel = &self->kernel;
    const char *at = self->vocabulary, *end = at + size;
    size_t n_of_words = 0, n_in_trees = 0;
    for (uint32_t b = 0; b < kernel->n_blocks; b++) {
        const Block *block = &kernel->blocks[b];
        n_of_words += has_strings(block) ? 0 : block->n_features;
        n_in_trees += has_strings(block) || has_pairs(block) ? 0 : block->n_features;
    }
    if (init_strings(&kernel->words, n_of_words / 2, kernel->seed) == FAILED ||
        init_edges(&kernel->ngrams.edges, n_in_trees / 2, kernel->seed) == FAILED)
        return no_memory();
    for (uint32_t b = 0; b < kernel->n_blocks; b++) {
        Block *block = &kernel->blocks[b];
        if (has_strings(block)) {
            if (init_strings(&block->features, block->n_features, kernel->seed) == FAILED)
                return no_memory();
        }
        else if (has_pairs(block)) {
            if (!(block->pairs = malloc(block->n_features * sizeof(Pair) + 1)))
                return no_memory();
        }
        for (uint32_t i = 0; i < block->n_features; i++) {
            const char *line = memchr(at, '\n', (size_t)(end - at));
            if (!line) {
                PyErr_SetString(PyExc_ValueError, "expected a line for every feature");
                return FAILED;
            }
            size_t length = (size_t)(line - at);
            if (has_strings(block)) {
                uint32_t number = intern(&block->features, at, length);
                if (number == NONE)
                    return no_memory();
                if (number != i)
                    return only_once();
            }
            else if (has_pairs(block)) {
                if (add_pair(kernel, block, at, length, block->first + i) == FAILED)
                    return FAILED;
            }
            else if (add_ngram(kernel, block, at, length, block->first + i) == FAILED) {
                return FAILED;
            }
            at = line + 1;
        }
    }
    for (uint32_t b = 0; b < kernel->n_blocks; b++) {
        Block *block = &kernel->blocks[b];
        if (has_pairs(block)) {
            if (read_pairs(kernel, block) == FAILED)
                return FAILED;
        }
        else if (!has_strings(block) && open_words(&block->openings, kernel->words.n + 1) == FAILED) {
            return no_memory();
        }
    }
    return 0;
}

/* Which word of the n-grams a class is, as the blocks of names and classes write it. */
static int
read_class_words(Kernel *kernel, Block *block)
{
    static const char *const prefixes[N_FIELDS] = {"", "cue:", "source:"};
    for (int field = 0; field < N_FIELDS; field++) {
        if (!(block->class_words[field] = malloc((kernel->n_classes + 1) * sizeof(uint32_t))))
            return no_memory();
        for (uint32_t class = 0; class < kernel->n_classes; class++) {
            char text[64];
            int length = snprintf(text, sizeof text, "<%s%s>", prefixes[field], kernel->classes[class].name);
            uint32_t word = find_string(&kernel->words, text, (size_t)length);
            block->class_words[field][class] = word == NONE ? (uint32_t)kernel->words.n : word;
        }
    }
    return 0;
}

/* blocks: ((field, unit, n_min, n_max, turned, weight, number of features), ...) */
static int
read_blocks(Kernel *kernel, PyObject *blocks)
{
    size_t n = (size_t)PyTuple_GET_SIZE(blocks);
    if (!(kernel->blocks = calloc(n + 1, sizeof(Block))))
        return no_memory();
    kernel->n_blocks = (uint32_t)n;
    for (size_t i = 0; i < n; i++) {
        Block *block = &kernel->blocks[i];
        unsigned size;
        if (parse(PyTuple_GET_ITEM(blocks, (Py_ssize_t)i), "iiiipdI", &block->field, &block->unit, &block->n_min,
                  &block->n_max, &block->turned, &block->weight, &size) == FAILED)
            return FAILED;
        if (block->field < CONTENT || block->field > ALL || block->unit < WORDS || block->unit > ROLES ||
            block->n_min < 1 || block->n_max < block->n_min || block->n_max > 8 ||
            (block->field == ALL && block->unit != CLASSES && block->unit != ROLES) ||
            (block->unit == ROLES && ((block->field != CONTENT && block->field != ALL) || block->n_max != 1)) ||
            (block->turned && (block->field != CONTENT || (block->unit != WORDS && block->unit != CHARS))) ||
            size > NONE - 1 - kernel->n_features) {
            PyErr_SetString(PyExc_ValueError, "expected a block as stancekit.features.Block checks it");
            return FAILED;
        }
        block->first = kernel->n_features;
        block->n_features = size;
        kernel->n_features += size;
        if (block->unit == CHARS)
            block->reader = kernel->n_readers++;
        kernel->reads_roles |= block->unit == ROLES;
        kernel->reads_marks |= block->turned;
        kernel->reads_entries |= block->unit != WORDS || block->turned;
        for (int field = 0; field < N_FIELDS; field++)
            kernel->reads[field] |= block->field == field || block->field == ALL;
        kernel->reads[CUE] |= block->unit == ROLES || block->turned;
    }
    kernel->reads[CONTENT] = 1; /* for whoever asks for its tokens */
    return 0;
}

static int
read_heads(KernelObject *self, PyObject *heads)
{
    Kernel *kernel = &self->kernel;
    size_t n = (size_t)PyTuple_GET_SIZE(heads);
    if (!(self->heads = calloc(n + 1, sizeof(Head))))
        return no_memory();
    self->n_heads = (uint32_t)n;
    for (size_t i = 0; i < n; i++) {
        Head *head = &self->heads[i];
        PyObject *bias;
        unsigned n_labels;
        if (parse(PyTuple_GET_ITEM(heads, (Py_ssize_t)i), "IdO!", &n_labels, &head->scale, &PyTuple_Type, &bias) ==
            FAILED)
            return FAILED;
        if (n_labels > MOST_COLUMNS - kernel->n_columns) {
            PyErr_Format(PyExc_ValueError, "expected %d labels at most", MOST_COLUMNS);
            return FAILED;
        }
        head->first = kernel->n_columns;
        head->n_labels = n_labels;
        kernel->n_columns += n_labels;
        if (PyTuple_GET_SIZE(bias) == 0)
            continue;
        if (PyTuple_GET_SIZE(bias) != (Py_ssize_t)n_labels) {
            PyErr_SetString(PyExc_ValueError, "expected a bias for every label");
            return FAILED;
        }
        if (!(head->bias = malloc(n_labels * sizeof(double))))
            return no_memory();
        for (unsigned label = 0; label < n_labels; label++)
            head->bias[label] = PyFloat_AsDouble(PyTuple_GET_ITEM(bias, label));
        if (PyErr_Occurred())
            return FAILED;
    }
    return 0;
}

/* idf = 1 + ln((1 + N) / (1 + df)), and the weights of a feature beside it. */
static int
read_rows(Kernel *kernel, Py_buffer *frequencies, double n_documents, Py_buffer *weights, Py_buffer *intercepts)
{
    size_t n = kernel->n_features, columns = kernel->n_columns;
    if ((size_t)frequencies->len != n * 4 || (size_t)weights->len != n * columns * 4 ||
        (size_t)intercepts->len != columns * 4) {
        PyErr_SetString(PyExc_ValueError, "expected document frequencies and weights for every feature");
        return FAILED;
    }
    kernel->intercepts = malloc(columns * sizeof(double) + 1);
    if (!kernel->intercepts || init_rows(&kernel->rows, n, sizeof(Row) + columns * sizeof(float)) == FAILED)
        return no_memory();
    int finite = isfinite(n_documents) != 0;
    for (size_t i = 0; i < columns; i++) {
        float value;
        memcpy(&value, (const char *)intercepts->buf + 4 * i, 4);
        kernel->intercepts[i] = value;
        finite &= isfinite(value) != 0;
    }
    enum { N_LOW = 4096 };
    double low[N_LOW] = {0}; /* of low frequencies, which nearly all features have */
    for (size_t i = 0; i < n; i++) {
        Row *row = row_at(&kernel->rows, i);
        uint32_t frequency;
        memcpy(&frequency, (const char *)frequencies->buf + 4 * i, 4);
        row->idf = frequency < N_LOW ? low[frequency] : 0;
        if (row->idf == 0) {
            row->idf = 1 + log((1 + n_documents) / (1 + (double)frequency));
            if (frequency < N_LOW)
                low[frequency] = row->idf;
        }
        if (!(frequency >= 1 && frequency <= n_documents)) {
            PyErr_SetString(PyExc_ValueError, "expected document frequencies of 1 to the number of documents");
            return FAILED;
        }
        memcpy(row->weights, (const char *)weights->buf + 4 * i * columns, 4 * columns);
        for (size_t c = 0; c < columns; c++)
            finite &= isfinite(row->weights[c]) != 0;
    }
    if (!finite) {
        PyErr_SetString(PyExc_ValueError, "expected finite numbers");
        return FAILED;
    }
    return 0;
}

static int
fill(KernelObject *self, PyObject *spec, Py_buffer *vocabulary, Py_buffer *frequencies, Py_buffer *weights,
     Py_buffer *intercepts)
{
    Kernel *kernel = &self->kernel;
    PyObject *blocks, *trees, *word_lists, *classes, *heads;
    unsigned long long seed, distances[6];
    double n_documents;
    if (!PyArg_ParseTuple(spec, "O!O!O!O!O!(KKKKKK)pdK", &PyTuple_Type, &blocks, &PyTuple_Type, &word_lists,
                          &PyTuple_Type, &classes, &PyTuple_Type, &trees, &PyTuple_Type, &heads, &distances[0],
                          &distances[1], &distances[2], &distances[3], &distances[4], &distances[5],
                          &kernel->bare_not_turns, &n_documents, &seed))
        return FAILED;
    kernel->seed = seed;
    kernel->distances = (Distances){distances[0], distances[1], distances[2],
                                    distances[3], distances[4], distances[5]};
    if (!(self->vocabulary = malloc((size_t)vocabulary->len + 1)))
        return no_memory();
    memcpy(self->vocabulary, vocabulary->buf, (size_t)vocabulary->len);
    /* The rows before the tables: a number of features that is too large has no rows. */
    if (read_blocks(kernel, blocks) == FAILED || read_heads(self, heads) == FAILED ||
        read_rows(kernel, frequencies, n_documents, weights, intercepts) == FAILED ||
        read_classes(self, classes) == FAILED || read_phrases(self, word_lists, trees) == FAILED ||
        read_vocabulary(self, (size_t)vocabulary->len) == FAILED)
        return FAILED;
    for (uint32_t b = 0; b < kernel->n_blocks; b++)
        if ((kernel->blocks[b].unit == NAMES || kernel->blocks[b].unit == CLASSES) &&
            read_class_words(kernel, &kernel->blocks[b]) == FAILED)
            return FAILED;
    return 0;
}

static PyObject *
kernel_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    PyObject *spec;
    Py_buffer vocabulary, frequencies, weights, intercepts;
    if (kwargs && PyDict_GET_SIZE(kwargs)) {
        PyErr_SetString(PyExc_TypeError, "Kernel takes no keyword arguments");
        return NULL;
    }
    if (!PyArg_ParseTuple(args, "O!y*y*y*y*", &PyTuple_Type, &spec, &vocabulary, &frequencies, &weights,
                          &intercepts))
        return NULL;
    KernelObject *self = (KernelObject *)type->tp_alloc(type, 0);
    if (self && fill(self, spec, &vocabulary, &frequencies, &weights, &intercepts) == FAILED)
        Py_CLEAR(self);
    PyBuffer_Release(&vocabulary);
    PyBuffer_Release(&frequencies);
    PyBuffer_Release(&weights);
    PyBuffer_Release(&intercepts);
    return (PyObject *)self;
}

static void
kernel_dealloc(KernelObject *self)
{
    Kernel *kernel = &self->kernel;
    while (self->idle) {
        Workspace *work = self->idle;
        self->idle = work->next;
        free_workspace(work);
    }
    for (uint32_t b = 0; b < kernel->n_blocks; b++) {
        free_strings(&kernel->blocks[b].features);
        free(kernel->blocks[b].openings.nodes);
        free(kernel->blocks[b].word_rows.memory);
        free(kernel->blocks[b].word_features);
        free(kernel->blocks[b].pair_rows.memory);
        free(kernel->blocks[b].pairs);
        free_pairs(&kernel->blocks[b].pair_table);
        for (int field = 0; field < N_FIELDS; field++)
            free(kernel->blocks[b].class_words[field]);
    }
    for (uint32_t i = 0; i < self->n_heads; i++)
        free(self->heads[i].bias);
    for (int tree = 0; tree < N_TREES; tree++)
        free(kernel->openings[tree].nodes);
    free_strings(&kernel->words);
    free_strings(&kernel->lexicon);
    free_strings(&kernel->class_names);
    free_edges(&kernel->ngrams.edges);
    free_edges(&kernel->phrases.edges);
    free(kernel->blocks);
    free(kernel->rows.memory);
    free(kernel->intercepts);
    free(kernel->ngrams.nodes);
    free(kernel->phrases.nodes);
    free(kernel->lexicon_flags);
    free(kernel->classes);
    free(self->heads);
    free(self->vocabulary);
    free_arena(&self->names);
    PyTypeObject *type = Py_TYPE(self);
    type->tp_free((PyObject *)self);
    Py_DECREF(type);
}

/* ---- what is scored ---- */

static Workspace *
take_workspace(KernelObject *self)
{
    Workspace *work = self->idle;
    if (work) {
        self->idle = work->next;
        return work;
    }
    work = new_workspace(&self->kernel);
    if (!work)
        PyErr_NoMemory();
    return work;
}

static void
give_back(KernelObject *self, Workspace *work)
{
    work->next = self->idle;
    self->idle = work;
}

/* A column of strings: a Python sequence, or a table's buffers; absent cells are empty. */
typedef struct {
    PyObject *sequence; /* a list or tuple; NULL for buffers or an absent column */
    Py_buffer offsets, data;
    int offset_size; /* 0 unless there are buffers */
    size_t start;
    int optional; /* whether None is an empty string */
} Column;

static void
release_column(Column *column)
{
    Py_CLEAR(column->sequence);
    if (column->offset_size) {
        PyBuffer_Release(&column->offsets);
        PyBuffer_Release(&column->data);
        column->offset_size = 0;
    }
}

static int
open_sequence(Column *column, PyObject *object, Py_ssize_t *n)
{
    if (object == Py_None)
        return 0;
    column->sequence = PySequence_Fast(object, "expected a list or tuple of strings");
    if (!column->sequence)
        return FAILED;
    Py_ssize_t size = PySequence_Fast_GET_SIZE(column->sequence);
    if (*n >= 0 && size != *n) {
        PyErr_Format(PyExc_ValueError, "expected %zd strings in every column, found %zd", *n, size);
        return FAILED;
    }
    *n = size;
    return 0;
}

/* (offsets, data, bytes of an offset, first cell), as Arrow's string arrays have them. */
static int
open_buffers(Column *column, PyObject *object, Py_ssize_t n)
{
    if (object == Py_None)
        return 0;
    int size;
    Py_ssize_t start;
    Py_buffer offsets, data;
    if (parse(object, "y*y*in", &offsets, &data, &size, &start) == FAILED)
        return FAILED;
    column->offsets = offsets;
    column->data = data;
    column->start = (size_t)start;
    column->offset_size = 4;
    if ((size != 4 && size != 8) || start < 0 || n < 0 ||
        (size_t)offsets.len / (size_t)size < (size_t)start + (size_t)n + 1) {
        PyErr_SetString(PyExc_ValueError, "expected an offset for every string");
        return FAILED;
    }
    column->offset_size = size;
    return 0;
}

static int
read_string(PyObject *string, Text *text)
{
    if (!PyUnicode_Check(string)) {
        PyErr_Format(PyExc_TypeError, "expected str, found %s", Py_TYPE(string)->tp_name);
        return FAILED;
    }
#if PY_VERSION_HEX < 0x030C0000
    if (PyUnicode_READY(string) < 0)
        return FAILED;
#endif
    *text = (Text){PyUnicode_DATA(string), (size_t)PyUnicode_GET_LENGTH(string), PyUnicode_KIND(string)};
    return 0;
}

static size_t
offset_at(const Column *column, size_t at)
{
    if (column->offset_size == 4) {
        int32_t offset;
        memcpy(&offset, (const char *)column->offsets.buf + 4 * at, 4);
        return (size_t)offset; /* a negative one is far too large, and refused as such */
    }
    int64_t offset;
    memcpy(&offset, (const char *)column->offsets.buf + 8 * at, 8);
    return (size_t)offset;
}

static int
is_open(const Column *column)
{
    return column->sequence || column->offset_size;
}

enum { AHEAD = 12 }; /* strings whose memory is asked for before they are read */

/* The cell of an open column, of which nothing is written where it is empty; holds a reference to a Python string, for a
list may change while it is read. */
static int
read_cell(Column *column, Py_ssize_t at, Text *text, PyObject **held)
{
    if (column->sequence) {
        if (at + AHEAD < PySequence_Fast_GET_SIZE(column->sequence))
            PREFETCH(PySequence_Fast_GET_ITEM(column->sequence, at + AHEAD));
        if (at >= PySequence_Fast_GET_SIZE(column->sequence)) {
            PyErr_SetString(PyExc_RuntimeError, "a list became shorter while it was read");
            return FAILED;
        }
        PyObject *string = PySequence_Fast_GET_ITEM(column->sequence, at);
        if (string == Py_None && column->optional)
            return 0;
        if (read_string(string, text) == FAILED)
            return FAILED;
        Py_INCREF(string);
        *held = string;
    }
    else {
        size_t from = offset_at(column, column->start + (size_t)at);
        size_t to = offset_at(column, column->start + (size_t)at + 1);
        if (from > to || to > (size_t)column->data.len) {
            PyErr_SetString(PyExc_ValueError, "expected offsets that ascend within the data");
            return FAILED;
        }
        *text = (Text){(const char *)column->data.buf + from, to - from, UTF8};
    }
    return 0;
}

/* Probabilities in place of log-odds: of every head, softmax(scale * log-odds + bias). */
static void
calibrate(const KernelObject *self, double *scores)
{
    for (uint32_t h = 0; h < self->n_heads; h++) {
        const Head *head = &self->heads[h];
        double *of_head = scores + head->first, greatest = -INFINITY, total = 0;
        for (uint32_t label = 0; label < head->n_labels; label++) {
            of_head[label] = head->scale * of_head[label] + (head->bias ? head->bias[label] : 0);
            if (of_head[label] > greatest)
                greatest = of_head[label];
        }
        for (uint32_t label = 0; label < head->n_labels; label++)
            total += of_head[label] = exp(of_head[label] - greatest);
        for (uint32_t label = 0; label < head->n_labels; label++)
            of_head[label] /= total;
    }
}

enum { DONE, OUT_OF_MEMORY, NOT_UTF8 };

/* Has the memory come where texts lie; of long ones the beginning. */
static void
want_texts(Text (*texts)[N_FIELDS], Py_ssize_t n)
{
    for (Py_ssize_t i = 0; i < n; i++)
        for (int field = 0; field < N_FIELDS; field++) {
            const char *text = texts[i][field].data;
            if (texts[i][field].length == 0)
                continue;
            PREFETCH(text);
            PREFETCH(text + CACHE_LINE);
            PREFETCH(text + 2 * CACHE_LINE);
        }
}

/* The scores of utterances whose tokens were read together. */
static void
score_together(const KernelObject *self, Workspace *work, unsigned n, double *const rows[TOGETHER], int calibrated)
{
    look_up(work, n);
    for (unsigned i = 0; i < n; i++) {
        score_read(work, i, rows[i]);
        if (calibrated)
            calibrate(self, rows[i]);
    }
    trim_memo(work);
}

/* Scores some utterances without Python's lock; `*done` are those that went well. */
static int
score_batch(const KernelObject *self, Workspace *work, Text (*texts)[N_FIELDS], Py_ssize_t n, double *scores,
            int calibrated, Py_ssize_t *done)
{
    if (setjmp(work->escape.out_of_memory))
        return OUT_OF_MEMORY;
    for (*done = 0; *done < n;) {
        unsigned size = n - *done < TOGETHER ? (unsigned)(n - *done) : TOGETHER, number = 0;
        want_texts(texts + *done + size, n - *done - size < TOGETHER ? n - *done - size : TOGETHER);
        while (number < size && read_tokens(work, number, texts[*done + number]) != FAILED)
            number++;
        double *rows[TOGETHER];
        for (unsigned i = 0; i < number; i++)
            rows[i] = scores + (*done + i) * self->kernel.n_columns;
        score_together(self, work, number, rows, calibrated);
        *done += number;
        if (number < size)
            return NOT_UTF8;
    }
    return DONE;
}

static int
score_columns(KernelObject *self, Column columns[N_FIELDS], Py_ssize_t n, double *scores, int calibrated)
{
    Workspace *work = take_workspace(self);
    if (!work)
        return FAILED;
    Text texts[BATCH][N_FIELDS];
    PyObject *held[BATCH][N_FIELDS];
    int failed = 0;
    for (Py_ssize_t start = 0; start < n && !failed; start += BATCH) {
        Py_ssize_t size = n - start < BATCH ? n - start : BATCH, filled = 0, done = 0;
        for (; filled < size && !failed; filled++)
            for (int field = 0; field < N_FIELDS; field++) {
                texts[filled][field] = (Text){"", 0, 1};
                held[filled][field] = NULL;
                if (is_open(&columns[field]) && !failed)
                    failed = read_cell(&columns[field], start + filled, &texts[filled][field],
                                       &held[filled][field]) == FAILED;
            }
        if (!failed) {
            int outcome;
            Py_BEGIN_ALLOW_THREADS
            outcome = score_batch(self, work, texts, size, scores + start * self->kernel.n_columns, calibrated,
                                  &done);
            Py_END_ALLOW_THREADS
            failed = outcome != DONE;
            if (outcome == OUT_OF_MEMORY) {
                free_workspace(work);
                work = NULL;
                PyErr_NoMemory();
            }
            else if (outcome == NOT_UTF8) {
                PyErr_Format(PyExc_ValueError, "the string at %zd is not UTF-8", start + done);
            }
        }
        for (Py_ssize_t i = 0; i < filled; i++)
            for (int field = 0; field < N_FIELDS; field++)
                Py_XDECREF(held[i][field]);
        if (!failed && PyErr_CheckSignals() < 0)
            failed = 1;
    }
    if (work)
        give_back(self, work);
    return failed ? FAILED : 0;
}

/* `out` as doubles, one row an utterance. */
static int
open_scores(const KernelObject *self, PyObject *out, Py_ssize_t n, Py_buffer *buffer)
{
    if (PyObject_GetBuffer(out, buffer, PyBUF_WRITABLE | PyBUF_C_CONTIGUOUS | PyBUF_FORMAT) < 0)
        return FAILED;
    const char *format = buffer->format ? buffer->format : "B";
    Py_ssize_t wanted = n * (Py_ssize_t)self->kernel.n_columns * (Py_ssize_t)sizeof(double);
    if (strcmp(format, "d") == 0 && buffer->len == wanted)
        return 0;
    PyBuffer_Release(buffer);
    PyErr_Format(PyExc_ValueError, "expected room for %zd rows of %u doubles", n, self->kernel.n_columns);
    return FAILED;
}

static PyObject *
score_opened(KernelObject *self, Column columns[N_FIELDS], Py_ssize_t n, PyObject *out, int calibrated)
{
    Py_buffer buffer;
    if (open_scores(self, out, n, &buffer) == FAILED)
        return NULL;
    int failed = score_columns(self, columns, n, buffer.buf, calibrated) == FAILED;
    PyBuffer_Release(&buffer);
    if (failed)
        return NULL;
    Py_RETURN_NONE;
}

PyDoc_STRVAR(score_doc, "score(contents, cues, sources, out, calibrated)\n--\n\n"
                        "Scores of sequences of strings, written into the buffer `out`.");

static PyObject *
kernel_score(KernelObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    if (nargs != 5) {
        PyErr_SetString(PyExc_TypeError, "score takes 5 arguments");
        return NULL;
    }
    Column columns[N_FIELDS] = {[CUE].optional = 1, [SOURCE].optional = 1};
    PyObject *result = NULL;
    Py_ssize_t n = -1;
    int calibrated = PyObject_IsTrue(args[4]);
    if (calibrated < 0)
        return NULL;
    if (args[0] == Py_None)
        PyErr_SetString(PyExc_TypeError, "expected the contents, found None");
    else if (open_sequence(&columns[CONTENT], args[0], &n) == 0 && open_sequence(&columns[CUE], args[1], &n) == 0 &&
             open_sequence(&columns[SOURCE], args[2], &n) == 0)
        result = score_opened(self, columns, n, args[3], calibrated);
    for (int field = 0; field < N_FIELDS; field++)
        release_column(&columns[field]);
    return result;
}

PyDoc_STRVAR(score_utf8_doc, "score_utf8(n, contents, cues, sources, out, calibrated)\n--\n\n"
                             "Scores of n strings that lie in buffers: (offsets, data, bytes of an offset, first).");

static PyObject *
kernel_score_utf8(KernelObject *self, PyObject *args)
{
    Py_ssize_t n;
    PyObject *objects[N_FIELDS], *out, *result = NULL;
    int calibrated, ready = 1;
    if (!PyArg_ParseTuple(args, "nO!OOOp", &n, &PyTuple_Type, &objects[0], &objects[1], &objects[2], &out,
                          &calibrated))
        return NULL;
    Column columns[N_FIELDS] = {{0}};
    for (int field = 0; field < N_FIELDS && ready; field++)
        ready = open_buffers(&columns[field], objects[field], n) == 0;
    if (ready)
        result = score_opened(self, columns, n, out, calibrated);
    for (int field = 0; field < N_FIELDS; field++)
        release_column(&columns[field]);
    return result;
}

/* ---- JSON Lines ---- */

/* Lines that Python has to read: row, start and length of each. */
typedef struct {
    Py_ssize_t (*lines)[3];
    size_t n, capacity;
} Odd;

/* Scores the next lines; how many there were. */
static int
score_lines(const KernelObject *self, Workspace *work, JsonScratch *scratch, Odd *odd, const char *data, size_t size,
            Py_ssize_t n, double *scores, int calibrated, Py_ssize_t *done, size_t *at)
{
    if (setjmp(work->escape.out_of_memory))
        return OUT_OF_MEMORY;
    JsonLine line;
    for (int more = 1; more;) {
        double *rows[TOGETHER];
        unsigned number = 0;
        while (number < TOGETHER && (more = *done < n && next_line(data, size, at, &line))) {
            Text fields[N_FIELDS];
            if (read_json_line(&work->escape, scratch, line.text, line.length, fields) &&
                read_tokens(work, number, fields) != FAILED) {
                rows[number++] = scores + *done * self->kernel.n_columns;
            }
            else {
                odd->lines = grown(&work->escape, odd->lines, &odd->capacity, odd->n + 1, sizeof *odd->lines);
                odd->lines[odd->n][0] = *done;
                odd->lines[odd->n][1] = (Py_ssize_t)(line.text - data);
                odd->lines[odd->n++][2] = (Py_ssize_t)line.length;
            }
            ++*done;
        }
        score_together(self, work, number, rows, calibrated);
    }
    return DONE;
}

static PyObject *
list_of(const Odd *odd)
{
    PyObject *list = PyList_New((Py_ssize_t)odd->n);
    for (size_t i = 0; list && i < odd->n; i++) {
        PyObject *one = Py_BuildValue("(nnn)", odd->lines[i][0], odd->lines[i][1], odd->lines[i][2]);
        if (!one)
            Py_CLEAR(list);
        else
            PyList_SET_ITEM(list, (Py_ssize_t)i, one);
    }
    return list;
}

PyDoc_STRVAR(score_lines_doc, "score_lines(data, begin, n, out, calibrated)\n--\n\n"
                              "Scores of n lines of JSON from a place of a buffer on. Returns the lines that have to\n"
                              "be read otherwise: row, first byte, bytes of each.");

static PyObject *
kernel_score_lines(KernelObject *self, PyObject *args)
{
    Py_buffer data, buffer;
    Py_ssize_t begin, n, done = 0;
    PyObject *out, *result = NULL;
    int calibrated;
    if (!PyArg_ParseTuple(args, "y*nnOp", &data, &begin, &n, &out, &calibrated))
        return NULL;
    Workspace *work = NULL;
    Odd odd = {0};
    JsonScratch scratch = {0};
    if (begin < 0 || begin > data.len || n < 0)
        PyErr_SetString(PyExc_ValueError, "expected a place in the data");
    else if (open_scores(self, out, n, &buffer) == 0) {
        if ((work = take_workspace(self))) {
            size_t at = (size_t)begin;
            int outcome;
            Py_BEGIN_ALLOW_THREADS
            outcome = score_lines(self, work, &scratch, &odd, data.buf, (size_t)data.len, n, buffer.buf, calibrated,
                                  &done, &at);
            Py_END_ALLOW_THREADS
            if (outcome == OUT_OF_MEMORY) {
                free_workspace(work);
                work = NULL;
                PyErr_NoMemory();
            }
            else if (done < n)
                PyErr_Format(PyExc_ValueError, "expected %zd lines, found %zd", n, done);
            else
                result = list_of(&odd);
        }
        PyBuffer_Release(&buffer);
    }
    if (work)
        give_back(self, work);
    free(odd.lines);
    free_json_scratch(&scratch);
    PyBuffer_Release(&data);
    return result;
}

PyDoc_STRVAR(skip_lines_doc, "skip_lines(data, begin, n)\n--\n\n"
                             "How many of the next n lines that are not blank there are, and where they end.");

static PyObject *
kernel_skip_lines(KernelObject *self, PyObject *args)
{
    (void)self;
    Py_buffer data;
    Py_ssize_t begin, n, found = 0;
    if (!PyArg_ParseTuple(args, "y*nn", &data, &begin, &n))
        return NULL;
    size_t at = begin < 0 ? (size_t)data.len : (size_t)begin;
    Py_BEGIN_ALLOW_THREADS
    JsonLine line;
    while (found < n && next_line(data.buf, (size_t)data.len, &at, &line))
        found++;
    Py_END_ALLOW_THREADS
    PyBuffer_Release(&data);
    return Py_BuildValue("(nn)", found, (Py_ssize_t)at);
}

/* ---- for tests: what the kernel reads ---- */

PyDoc_STRVAR(tokenize_doc, "tokenize(text)\n--\n\nThe tokens of a text.");

static PyObject *
kernel_tokenize(KernelObject *self, PyObject *string)
{
    (void)self;
    Text text;
    if (read_string(string, &text) == FAILED)
        return NULL;
    PyObject *tokens = PyList_New(0);
    Folded folded = {0};
    Escape escape;
    if (!tokens)
        return NULL;
    if (setjmp(escape.out_of_memory)) {
        PyErr_NoMemory();
        goto failed;
    }
    fold(&escape, &folded, text);
    TokenReader reader = token_reader(&folded);
    TokenText group[TOKEN_GROUP];
    for (size_t n; (n = next_tokens(&reader, group));)
        for (size_t i = 0; i < n; i++) {
            PyObject *one = PyUnicode_DecodeUTF8(group[i].text, (Py_ssize_t)group[i].length, "strict");
            if (!one || PyList_Append(tokens, one) < 0) {
                Py_XDECREF(one);
                goto failed;
            }
            Py_DECREF(one);
        }
    free_folded(&folded);
    return tokens;
failed:
    free_folded(&folded);
    Py_DECREF(tokens);
    return NULL;
}

PyDoc_STRVAR(features_doc, "features(content, cue, source)\n--\n\n"
                           "The features known of an utterance: {number: how often}.");

static PyObject *
kernel_features(KernelObject *self, PyObject *args)
{
    PyObject *strings[N_FIELDS];
    Text texts[N_FIELDS];
    if (!PyArg_ParseTuple(args, "UUU", &strings[0], &strings[1], &strings[2]))
        return NULL;
    for (int field = 0; field < N_FIELDS; field++)
        if (read_string(strings[field], &texts[field]) == FAILED)
            return NULL;
    Workspace *work = take_workspace(self);
    PyObject *counts = PyDict_New();
    if (!work || !counts)
        goto failed;
    if (setjmp(work->escape.out_of_memory)) {
        free_workspace(work);
        Py_DECREF(counts);
        return PyErr_NoMemory();
    }
    read_tokens(work, 0, texts);
    look_up(work, 1);
    take_read(work, 0);
    for (uint32_t b = 0; b < self->kernel.n_blocks; b++) {
        count_block(work, b);
        for (size_t i = 0; i < work->touched[b].n; i++) {
            uint32_t feature = work->touched[b].features[i];
            PyObject *key = PyLong_FromUnsignedLong(feature), *value = NULL;
            if (key)
                value = PyLong_FromUnsignedLong(work->counts[feature]);
            int failed = !key || !value || PyDict_SetItem(counts, key, value) < 0;
            Py_XDECREF(key);
            Py_XDECREF(value);
            if (failed)
                goto failed;
        }
        forget_block(work, b);
    }
    trim_memo(work);
    give_back(self, work);
    return counts;
failed:
    if (work)
        free_workspace(work);
    Py_XDECREF(counts);
    return NULL;
}

static PyMethodDef kernel_methods[] = {
    {"score", (PyCFunction)(void (*)(void))kernel_score, METH_FASTCALL, score_doc},
    {"score_utf8", (PyCFunction)kernel_score_utf8, METH_VARARGS, score_utf8_doc},
    {"score_lines", (PyCFunction)kernel_score_lines, METH_VARARGS, score_lines_doc},
    {"skip_lines", (PyCFunction)kernel_skip_lines, METH_VARARGS, skip_lines_doc},
    {"tokenize", (PyCFunction)kernel_tokenize, METH_O, tokenize_doc},
    {"features", (PyCFunction)kernel_features, METH_VARARGS, features_doc},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot kernel_slots[] = {
    {Py_tp_doc, "Kernel(spec, vocabulary, frequencies, weights, intercepts)\n--\n\nA model's features and weights."},
    {Py_tp_new, kernel_new},
    {Py_tp_dealloc, kernel_dealloc},
    {Py_tp_methods, kernel_methods},
    {0, NULL},
};

static PyType_Spec kernel_spec = {
    .name = "stancekit.kernel._native.Kernel",
    .basicsize = sizeof(KernelObject),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = kernel_slots,
};

static int
module_exec(PyObject *module)
{
    init_score();
    PyObject *type = PyType_FromSpec(&kernel_spec);
    if (!type)
        return FAILED;
    int added = PyModule_AddObjectRef(module, "Kernel", type);
    Py_DECREF(type);
    if (added < 0)
        return FAILED;
    const struct {
        const char *name;
        int value;
    } constants[] = {
        {"IS_ACTOR", IS_ACTOR},       {"IS_GOOD", IS_GOOD},         {"IS_BAD", IS_BAD},     {"IS_CLAIM", IS_CLAIM},
        {"IS_REVERSAL", IS_REVERSAL}, {"IS_UNTRUTH", IS_UNTRUTH},   {"IS_TRUTH", IS_TRUTH}, {"IS_ORGANS", IS_ORGANS},
        {"IS_DOUBT", IS_DOUBT},       {"IS_ALL_SIDES", IS_ALL_SIDES}, {"IS_PLAIN", IS_PLAIN}, {"TURNS", TURNS},
        {"NOT_TURNS", NOT_TURNS},     {"IS_BOUNDARY", IS_BOUNDARY}, {"IS_NOT", IS_NOT},     {"IS_BY", IS_BY},
    };
    for (size_t i = 0; i < sizeof constants / sizeof *constants; i++)
        if (PyModule_AddIntConstant(module, constants[i].name, constants[i].value) < 0)
            return FAILED;
    return 0;
}

static PyModuleDef_Slot module_slots[] = {
    {Py_mod_exec, module_exec},
    {0, NULL},
};

static struct PyModuleDef module = {
    .m_base = PyModuleDef_HEAD_INIT,
    .m_name = "stancekit.kernel._native",
    .m_doc = "The compiled kernel; stancekit.kernel is what to use.",
    .m_slots = module_slots,
};

PyMODINIT_FUNC
PyInit__native(void)
{
    return PyModuleDef_Init(&module);
}
