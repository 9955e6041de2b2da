/* Phrases, attitudes, marks and roles: what stancekit/roles.py and phrases.py define, function by function. */

#include "kernel.h"

static inline uint32_t
lexical(const Tokens *tokens, size_t at)
{
    return tokens->entries[at]->lexical;
}

static void
append(Workspace *work, Symbols *symbols, Symbol symbol)
{
    symbols->symbols =
        grown(&work->escape, symbols->symbols, &symbols->capacity, symbols->n + 1, sizeof(Symbol));
    symbols->symbols[symbols->n++] = symbol;
}

/* The phrases of a tree, left to right; the longest at a place wins. */
void
find_phrases(Workspace *work, int tree, const Tokens *tokens, Symbols *found)
{
    const Kernel *kernel = work->kernel;
    const uint32_t *openings = kernel->openings[tree].nodes, opens = (uint32_t)OPENS << tree;
    found->n = 0;
    for (size_t i = 0; i < tokens->n;) {
        if (!(tokens->entries[i]->flags & opens)) {
            i++;
            continue;
        }
        uint32_t word = lexical(tokens, i), node = openings[word];
        Symbol longest = {(uint32_t)i, (uint32_t)i, NONE};
        for (size_t j = i + 1;; j++) {
            Node here = kernel->phrases.nodes[node];
            if (here.value != NONE)
                longest = (Symbol){(uint32_t)i, (uint32_t)j, here.value};
            if (!here.inner || j == tokens->n || (word = lexical(tokens, j)) == NONE)
                break;
            node = child_of(&kernel->phrases.edges, node, word);
            if (node == NONE)
                break;
        }
        if (longest.class == NONE) {
            i++;
            continue;
        }
        append(work, found, longest);
        i = longest.end;
    }
}

/* RoleReader.attitudes: the classes found in the cue, each once, and whether it is negated. */
void
read_attitudes(Workspace *work)
{
    const Tokens *cue = &work->tokens[CUE];
    find_phrases(work, TREE_ATTITUDES, cue, &work->found);
    work->n_attitudes = 0;
    work->negated = 0;
    size_t read = 0;
    for (size_t n = 0; n <= work->found.n; n++) {
        int last = n == work->found.n;
        Symbol phrase = last ? (Symbol){(uint32_t)cue->n, 0, NONE} : work->found.symbols[n];
        for (; read < phrase.start; read++)
            work->negated |= (cue->entries[read]->flags & IS_NOT) != 0;
        if (last)
            break;
        read = phrase.end;
        if (!work->seen[phrase.class]) {
            work->seen[phrase.class] = 1;
            work->attitudes[work->n_attitudes++] = phrase.class;
        }
    }
    for (size_t n = 0; n < work->n_attitudes; n++)
        work->seen[work->attitudes[n]] = 0;
}

/* RoleReader.marked: work->marks, a mark a token. */
void
mark_tokens(Workspace *work)
{
    const Kernel *kernel = work->kernel;
    const Tokens *content = &work->tokens[CONTENT];
    int turning = work->n_attitudes == 0 && work->negated && kernel->bare_not_turns;
    for (size_t n = 0; n < work->n_attitudes; n++)
        turning |= (kernel->classes[work->attitudes[n]].flags & (work->negated ? NOT_TURNS : TURNS)) != 0;
    work->marks = grown(&work->escape, work->marks, &work->marks_capacity, content->n, 1);
    if (content->n == 0)
        return;
    memset(work->marks, turning ? UNDER_TURNING_CUE : 0, content->n);
    find_phrases(work, TREE_TURNS, content, &work->found);
    for (size_t n = 0; n < work->found.n; n++) {
        Symbol turn = work->found.symbols[n];
        if (kernel->classes[turn.class].flags & IS_TRUTH)
            continue;
        for (size_t i = turn.end; i < content->n && i < turn.end + kernel->distances.reversal; i++) {
            if (content->entries[i]->flags & IS_BOUNDARY)
                break;
            work->marks[i] |= UNDER_REVERSAL;
        }
    }
}

static void
read_symbols(Workspace *work)
{
    const Kernel *kernel = work->kernel;
    const Tokens *content = &work->tokens[CONTENT];
    find_phrases(work, TREE_ROLES, content, &work->found);
    Symbols *symbols = &work->symbols;
    symbols->n = 0;
    for (size_t n = 0; n < work->found.n; n++) {
        Symbol symbol = work->found.symbols[n];
        if (kernel->classes[symbol.class].flags & IS_ORGANS) {
            Symbol *last = symbols->n ? &symbols->symbols[symbols->n - 1] : NULL;
            if (last && last->end == symbol.start && kernel->classes[last->class].flags & IS_ACTOR) {
                last->end = symbol.end;
                continue;
            }
            symbol.class = kernel->target;
        }
        append(work, symbols, symbol);
    }
    work->clauses = grown(&work->escape, work->clauses, &work->clauses_capacity, symbols->n, 4);
    uint32_t clause = 0;
    size_t at = 0;
    for (size_t n = 0; n < symbols->n; n++) {
        for (; at <= symbols->symbols[n].start; at++)
            clause += (content->entries[at]->flags & IS_BOUNDARY) != 0;
        work->clauses[n] = clause;
    }
}

/* Strings in the making: a class name has 32 letters at most, and no feature more than ten names. */
typedef struct {
    char text[512];
    size_t length;
} Line;

static inline void
add_text(Line *line, const char *text, size_t length)
{
    memcpy(line->text + line->length, text, length);
    line->length += length;
}

#define ADD(line, literal) add_text(line, literal, sizeof(literal) - 1)

static inline void
add_class(Line *line, const Kernel *kernel, uint32_t class)
{
    add_text(line, kernel->classes[class].name, kernel->classes[class].length);
}

/* Counts a feature in every block of roles over a field. */
static void
count_string(Workspace *work, int field, const char *text, size_t length, uint64_t hash)
{
    const Kernel *kernel = work->kernel;
    for (uint32_t b = 0; b < kernel->n_blocks; b++) {
        const Block *block = &kernel->blocks[b];
        if (block->unit != ROLES || block->field != field)
            continue;
        uint32_t found = find_hashed(&block->features, text, length, hash);
        if (found != NONE)
            touch(work, b, block->first + found);
    }
}

static inline void
count_line(Workspace *work, int field, const Line *line)
{
    count_string(work, field, line->text, line->length,
                 hash_text(line->text, line->length, work->kernel->seed));
}

static void
resize_set(Workspace *work, StringSet *set, size_t size)
{
    uint32_t *slots = malloc(size * sizeof(uint32_t));
    if (!slots)
        longjmp(work->escape.out_of_memory, 1);
    memset(slots, 0xFF, size * sizeof(uint32_t));
    for (size_t n = 0; n < set->n; n++) {
        size_t at = set->hashes[n] & (size - 1);
        while (slots[at] != NONE)
            at = (at + 1) & (size - 1);
        slots[at] = (uint32_t)n;
    }
    free(set->slots);
    set->slots = slots;
    set->mask = size - 1;
}

/* A role counts once. */
static void
add_role(Workspace *work, const Line *line)
{
    StringSet *set = &work->roles;
    uint64_t hash = hash_text(line->text, line->length, work->kernel->seed);
    if (!set->slots || 2 * (set->n + 1) > set->mask + 1)
        resize_set(work, set, set->slots ? 2 * (set->mask + 1) : 64);
    size_t at = hash & set->mask;
    for (; set->slots[at] != NONE; at = (at + 1) & set->mask) {
        String old = set->strings[set->slots[at]];
        if (set->hashes[set->slots[at]] == hash && old.length == line->length &&
            memcmp(old.text, line->text, line->length) == 0)
            return;
    }
    size_t capacity = set->capacity;
    set->strings = grown(&work->escape, set->strings, &capacity, set->n + 1, sizeof(String));
    set->hashes = grown(&work->escape, set->hashes, &set->capacity, set->n + 1, sizeof(uint64_t));
    char *text = taken(&work->escape, &set->arena, line->length);
    memcpy(text, line->text, line->length);
    set->slots[at] = (uint32_t)set->n;
    set->hashes[set->n] = hash;
    set->strings[set->n++] = (String){text, (uint32_t)line->length};
}

static void
empty_set(StringSet *set)
{
    if (set->n) {
        for (size_t n = 0; n < set->n; n++) {
            size_t at = set->hashes[n] & set->mask;
            while (set->slots[at] != NONE) {
                set->slots[at] = NONE;
                at = (at + 1) & set->mask;
            }
        }
    }
    set->n = 0;
    if (set->arena.last && !set->arena.last->before)
        set->arena.last->used = 0;
    else
        free_arena(&set->arena);
}

static int
stands_by(const Tokens *content, size_t start, size_t end)
{
    for (size_t i = start; i < end; i++)
        if (content->entries[i]->flags & IS_BY)
            return 1;
    return 0;
}

/* Agent and patient of the act at `n`, as places among the symbols; NONE where there is none. */
static void
find_actors(const Workspace *work, size_t n, uint32_t *agent, uint32_t *patient)
{
    const Kernel *kernel = work->kernel;
    const Symbol *symbols = work->symbols.symbols;
    const uint32_t *clauses = work->clauses;
    uint32_t before = NONE, after = NONE;
    for (size_t i = n; i-- > 0;) {
        if (clauses[i] != clauses[n] || symbols[n].start - symbols[i].end > kernel->distances.agent)
            break;
        if (kernel->classes[symbols[i].class].flags & IS_ACTOR) {
            before = (uint32_t)i;
            break;
        }
    }
    for (size_t i = n + 1; i < work->symbols.n; i++) {
        if (clauses[i] != clauses[n] || symbols[i].start - symbols[n].end > kernel->distances.patient)
            break;
        if (kernel->classes[symbols[i].class].flags & IS_ACTOR) {
            after = (uint32_t)i;
            if (stands_by(&work->tokens[CONTENT], symbols[n].end, symbols[i].start)) {
                *agent = after;
                *patient = before;
                return;
            }
            break;
        }
    }
    *agent = before;
    *patient = after;
}

static int
is_reversed(const Workspace *work, size_t n)
{
    const Kernel *kernel = work->kernel;
    const Symbol *symbols = work->symbols.symbols;
    const uint32_t *clauses = work->clauses;
    unsigned count = 0;
    for (size_t i = n; i-- > 0;) {
        size_t distance = symbols[n].start - symbols[i].end;
        if (distance > kernel->distances.untruth)
            break;
        uint32_t flags = kernel->classes[symbols[i].class].flags;
        if (flags & IS_REVERSAL)
            count += clauses[i] == clauses[n] && distance <= kernel->distances.reversal;
        else
            count += (flags & IS_UNTRUTH) != 0;
    }
    for (size_t i = n + 1; i < work->symbols.n; i++) {
        if (symbols[i].start - symbols[n].end > kernel->distances.untruth_behind)
            break;
        count += (kernel->classes[symbols[i].class].flags & IS_UNTRUTH) != 0;
    }
    return count & 1;
}

/* Which governing words stand before the act at `n`: a bit each. */
static uint32_t
governing_of(const Workspace *work, size_t n)
{
    const Kernel *kernel = work->kernel;
    const Symbol *symbols = work->symbols.symbols;
    uint32_t found = 0;
    for (size_t i = n; i-- > 0;) {
        if (work->clauses[n] - work->clauses[i] > 1 ||
            symbols[n].start - symbols[i].end > kernel->distances.governing)
            break;
        uint32_t place = kernel->classes[symbols[i].class].governing;
        if (place != NONE)
            found |= 1u << place;
    }
    return found;
}

static void
add_held(Workspace *work, uint32_t actor, const char *does, int good, int reversed, uint32_t governing)
{
    const Kernel *kernel = work->kernel;
    const char *value = good ? "good" : "bad", *base = good != reversed ? "good" : "bad";
    Line line = {.length = 0};
    if (actor != NONE) {
        add_class(&line, kernel, actor);
        add_text(&line, does, strlen(does));
    }
    size_t role = line.length;
    add_text(&line, value, strlen(value));
    add_role(work, &line);
    if (governing) {
        for (uint32_t i = 0; i < kernel->n_governing; i++)
            if (governing >> i & 1) {
                ADD(&line, " ");
                add_text(&line, kernel->governing[i].text, kernel->governing[i].length);
            }
        add_role(work, &line);
    }
    if (reversed) {
        line.length = role;
        ADD(&line, "not ");
        add_text(&line, base, strlen(base));
        add_role(work, &line);
    }
}

static void
read_act(Workspace *work, size_t n)
{
    const Kernel *kernel = work->kernel;
    const Symbol *symbols = work->symbols.symbols;
    uint32_t act = symbols[n].class, agent, patient;
    find_actors(work, n, &agent, &patient);
    if (agent != NONE)
        agent = symbols[agent].class;
    if (patient != NONE)
        patient = symbols[patient].class;
    int reversed = is_reversed(work, n);
    Line line = {.length = 0};
    /* The four details are parts of one line: agent>act>patient. */
    if (agent != NONE) {
        add_class(&line, kernel, agent);
        ADD(&line, ">");
    }
    size_t shown = line.length;
    if (reversed)
        ADD(&line, "not-");
    add_class(&line, kernel, act);
    size_t middle = line.length;
    if (patient != NONE) {
        ADD(&line, ">");
        add_class(&line, kernel, patient);
    }
    const size_t starts[] = {shown, 0, shown, 0}, ends[] = {middle, middle, line.length, line.length};
    const int there[] = {1, agent != NONE, patient != NONE, agent != NONE && patient != NONE};
    for (int i = 0; i < 4; i++)
        if (there[i])
            count_string(work, CONTENT, line.text + starts[i], ends[i] - starts[i],
                         hash_text(line.text + starts[i], ends[i] - starts[i], kernel->seed));
    int good = ((kernel->classes[act].flags & IS_GOOD) != 0) != reversed;
    uint32_t governing = governing_of(work, n);
    if (agent != NONE)
        add_held(work, agent, " does ", good, reversed, governing);
    if (patient != NONE)
        add_held(work, patient, " gets ", good, reversed, governing);
    if (agent == NONE && patient == NONE)
        add_held(work, NONE, "", good, reversed, governing);
}

/* "turn: role" for every role, counted. */
static void
cross(Workspace *work, const Line *turn)
{
    Line line;
    memcpy(line.text, turn->text, turn->length);
    line.length = turn->length;
    ADD(&line, ": ");
    size_t before = line.length;
    for (size_t n = 0; n < work->roles.n; n++) {
        line.length = before;
        add_text(&line, work->roles.strings[n].text, work->roles.strings[n].length);
        count_line(work, ALL, &line);
    }
}

static void
cross_with(Workspace *work, const char *turn)
{
    Line line = {.length = 0};
    add_text(&line, turn, strlen(turn));
    cross(work, &line);
}

/* RoleReader.read: counts the features of every block of roles. */
void
read_roles(Workspace *work)
{
    const Kernel *kernel = work->kernel;
    read_symbols(work);
    empty_set(&work->roles);
    const Symbols *symbols = &work->symbols;
    uint32_t all = 0;
    for (size_t n = 0; n < symbols->n; n++) {
        uint32_t flags = kernel->classes[symbols->symbols[n].class].flags;
        all |= flags;
        if (flags & IS_ACT)
            read_act(work, n);
    }
    /* The actors mentioned, and the claims; work->found has no other use by now. */
    Symbols *mentioned = &work->found;
    mentioned->n = 0;
    for (size_t n = 0; n < symbols->n; n++) {
        Symbol symbol = symbols->symbols[n];
        if (kernel->classes[symbol.class].flags & (IS_ACTOR | IS_CLAIM) && !work->seen[symbol.class]) {
            work->seen[symbol.class] = 1;
            append(work, mentioned, symbol);
        }
    }
    for (size_t n = 0; n < mentioned->n; n++) {
        uint32_t class = mentioned->symbols[n].class;
        work->seen[class] = 0;
        Line line = {.length = 0};
        add_class(&line, kernel, class);
        add_role(work, &line);
        if (!(kernel->classes[class].flags & IS_CLAIM))
            continue;
        ADD(&line, " ");
        size_t claim = line.length;
        for (size_t m = 0; m < mentioned->n; m++) {
            uint32_t actor = mentioned->symbols[m].class;
            if (!(kernel->classes[actor].flags & IS_ACTOR))
                continue;
            line.length = claim;
            add_class(&line, kernel, actor);
            add_role(work, &line);
        }
    }
    for (size_t n = 0; n < work->roles.n; n++)
        count_string(work, CONTENT, work->roles.strings[n].text, work->roles.strings[n].length,
                     work->roles.hashes[n]);
    int reversal = (all & IS_CLAIM) && (all & (IS_REVERSAL | IS_UNTRUTH));
    int plain = work->n_attitudes == 0 && !work->negated;
    if (work->n_attitudes == 1 && !work->negated)
        plain = (kernel->classes[work->attitudes[0]].flags & IS_PLAIN) != 0;
    if (!(plain && (all & (IS_DOUBT | IS_ALL_SIDES) || reversal))) {
        for (size_t n = 0; n < work->n_attitudes; n++) {
            Line turn = {.length = 0};
            if (work->negated)
                ADD(&turn, "not ");
            add_class(&turn, kernel, work->attitudes[n]);
            cross(work, &turn);
        }
        if (work->n_attitudes == 0)
            cross_with(work, work->negated ? "not" : "plain");
    }
    if (all & IS_DOUBT)
        cross_with(work, "doubt");
    if (all & IS_ALL_SIDES)
        cross_with(work, "all_sides");
    if (reversal)
        cross_with(work, "reversal");
}
