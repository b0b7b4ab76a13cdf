// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/scenario/scenario_document.h"

#include <inttypes.h>
#include <libfyaml.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/scenario/scenario_character.h"
#include "sim/scenario/scenario_message.h"
#include "sim/scenario/scenario_source.h"

enum { BLOCK_SIZE = 16384 };

// Everything that a document owns is cut from blocks and released with them.
struct block {
    struct block *next;
    size_t used;
    size_t size;
    _Alignas(16) char bytes[];
};

struct document {
    struct block *blocks;
};

struct document *document_create(void) {
    return memory_allocate(1, sizeof(struct document));
}

void document_destroy(struct document *document) {
    if (document == NULL) {
        return;
    }
    while (document->blocks != NULL) {
        struct block *block = document->blocks;
        document->blocks = block->next;
        memory_free(block);
    }
    memory_free(document);
}

static void *document_allocate(struct document *document, size_t size) {
    REQUIRE(size > 0);
    size_t rounded = (size + 15) / 16 * 16;
    if (document->blocks == NULL || document->blocks->size - document->blocks->used < rounded) {
        size_t block_size = rounded > BLOCK_SIZE ? rounded : BLOCK_SIZE;
        struct block *block = memory_allocate(1, sizeof *block + block_size);
        block->size = block_size;
        block->next = document->blocks;
        document->blocks = block;
    }
    void *memory = document->blocks->bytes + document->blocks->used;
    document->blocks->used += rounded;
    return memory;
}

static const char *document_copy_bytes(struct document *document, const char *text, size_t size) {
    REQUIRE(text != NULL);
    char *copy = document_allocate(document, size + 1);
    memcpy(copy, text, size);
    copy[size] = 0;
    return copy;
}

static const struct source *add_source(struct document *document, const char *name,
                                       const char *text, size_t size) {
    REQUIRE(name != NULL && text != NULL);
    struct source *source = document_allocate(document, sizeof *source);
    source->name = document_copy_bytes(document, name, strlen(name));
    source->text = document_copy_bytes(document, text, size);
    return source;
}

static struct node *add_node(struct document *document, enum node_kind kind,
                             const struct source *source, int32_t line, int32_t column) {
    REQUIRE(source != NULL && line >= 1 && column >= 1);
    struct node *node = document_allocate(document, sizeof *node);
    *node =
        (struct node){.kind = kind, .text = "", .source = source, .line = line, .column = column};
    return node;
}

struct node *document_add_scalar(struct document *document, const struct node *place,
                                 const char *text) {
    REQUIRE(place != NULL && text != NULL);
    struct node *node = add_node(document, NODE_SCALAR, place->source, place->line, place->column);
    node->text = document_copy_bytes(document, text, strlen(text));
    return node;
}

struct node *document_add_named_scalar(struct document *document, const char *name,
                                       const char *text) {
    REQUIRE(name != NULL && text != NULL);
    const struct source *source = add_source(document, name, "", 0);
    struct node *node = add_node(document, NODE_SCALAR, source, 1, 1);
    node->text = document_copy_bytes(document, text, strlen(text));
    return node;
}

struct node *document_add_map(struct document *document, const struct node *place) {
    REQUIRE(place != NULL);
    return add_node(document, NODE_MAP, place->source, place->line, place->column);
}

// Recursion is bounded by DOCUMENT_DEPTH_MAX: no deeper tree is ever built from text.
struct node *document_copy(struct document *document, const struct node *node) {
    REQUIRE(node->source != NULL);
    struct node *copy = add_node(document, node->kind, node->source, node->line, node->column);
    copy->quoted = node->quoted;
    copy->text = document_copy_bytes(document, node->text, strlen(node->text));
    for (const struct node *child = node->first; child != NULL; child = child->next) {
        struct node *child_copy = document_copy(document, child);
        child_copy->key = child->key == NULL ? NULL : document_copy(document, child->key);
        node_append(copy, child_copy);
    }
    return copy;
}

// Where the events of the parser go: the collections that are open, outermost first.
struct builder {
    struct document *document;
    const struct source *source;
    struct node *open[DOCUMENT_DEPTH_MAX];
    struct node *key[DOCUMENT_DEPTH_MAX]; // of the member to come, NULL where a key is due
    size_t depth;
    struct node *root;
    size_t documents;
    struct error *error;
};

static struct node *event_node(struct builder *builder, struct fy_event *event,
                               enum node_kind kind) {
    REQUIRE(builder->depth <= DOCUMENT_DEPTH_MAX);
    const struct fy_mark *mark = fy_event_start_mark(event);
    const struct node *near = builder->depth == 0 ? NULL : builder->open[builder->depth - 1];
    if (near != NULL && builder->key[builder->depth - 1] != NULL) {
        near = builder->key[builder->depth - 1];
    }
    struct node *node = add_node(builder->document, kind, builder->source, 1, 1);
    if (mark != NULL) {
        node->line = mark->line + 1;
        node->column = mark->column + 1;
    } else if (near != NULL) { // an empty value stands nowhere: it is shown at its key
        node->line = near->line;
        node->column = near->column;
    }
    return node;
}

// Escapes in double quotes can write any character.
static enum status refuse_characters(const struct node *node, const char *text, size_t size,
                                     const char *fault(uint32_t code), struct error *error) {
    REQUIRE(text != NULL || size == 0);
    static const char hint[] = "a word of a scenario is what is seen of it";
    for (size_t i = 0, step = 0; i < size; i += step) {
        uint32_t code = 0;
        step = character_read(text + i, size - i, &code);
        if (step == 0) {
            return node_error(node, error, hint, "holds no character of Unicode: byte 0x%02X",
                              (unsigned char)text[i]);
        }
        if (fault(code) != NULL) {
            return node_error(node, error, hint, "holds %s: U+%04" PRIX32, fault(code), code);
        }
    }
    return STATUS_OK;
}

static struct node *scalar_node(struct builder *builder, struct fy_event *event,
                                enum status *status) {
    REQUIRE(event->type == FYET_SCALAR);
    struct node *node = event_node(builder, event, NODE_SCALAR);
    size_t size = 0;
    const char *text = fy_token_get_text(event->scalar.value, &size);
    text = text == NULL ? "" : text;
    node->text = document_copy_bytes(builder->document, text, size);
    enum fy_scalar_style style = fy_token_scalar_style(event->scalar.value);
    node->quoted = event->scalar.value != NULL && style != FYSS_PLAIN && style != FYSS_ANY;
    if (style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED) {
        node->column -= node->column > 1; // libfyaml marks the character behind the quote
    }
    *status = refuse_characters(node, text, size, character_fault, builder->error);
    return node;
}

// libfyaml marks the name of an anchor or alias, behind its sign, but a tag at its sign.
static enum status refuse(struct builder *builder, struct fy_token *token, const char *what) {
    const struct fy_mark *mark = fy_token_start_mark(token);
    INVARIANT(mark != NULL);
    bool at_sign = builder->source->text[mark->input_pos] == '!';
    int32_t line = mark->line + 1;
    int32_t column = mark->column + (at_sign || mark->column == 0);
    return source_error(builder->source, line, column, builder->error,
                        "write the value out: anchors, aliases and tags are not read", "%s", what);
}

static enum status add_to_parent(struct builder *builder, struct node *node) {
    REQUIRE(node != NULL && builder->depth <= DOCUMENT_DEPTH_MAX);
    if (builder->depth == 0) {
        builder->root = node;
        return STATUS_OK;
    }
    struct node *parent = builder->open[builder->depth - 1];
    struct node **key = &builder->key[builder->depth - 1];
    if (parent->kind == NODE_MAP && *key == NULL) {
        if (node->kind != NODE_SCALAR) {
            return node_error(node, builder->error, "write it as 'key: value'", "a key is a word");
        }
        *key = node;
        return STATUS_OK;
    }
    node->key = parent->kind == NODE_MAP ? *key : NULL;
    *key = NULL;
    node_append(parent, node);
    return STATUS_OK;
}

static enum status open_collection(struct builder *builder, struct fy_event *event,
                                   enum node_kind kind) {
    REQUIRE(kind != NODE_SCALAR && builder->depth <= DOCUMENT_DEPTH_MAX);
    struct node *node = event_node(builder, event, kind);
    if (builder->depth == DOCUMENT_DEPTH_MAX) {
        return node_error(node, builder->error, "a scenario is two or three levels deep",
                          "nested deeper than %d levels", DOCUMENT_DEPTH_MAX);
    }
    enum status status = add_to_parent(builder, node);
    builder->open[builder->depth] = node;
    builder->key[builder->depth] = NULL;
    builder->depth++;
    return status;
}

static enum status start_document(struct builder *builder, struct fy_event *event) {
    struct fy_document_state *state = event->document_start.document_state;
    if (builder->documents++ > 0) {
        return node_error(event_node(builder, event, NODE_SCALAR), builder->error,
                          "a scenario is one document: write one file for each",
                          "a second document begins here");
    }
    if (state != NULL &&
        (fy_document_state_version_explicit(state) || fy_document_state_tags_explicit(state))) {
        return node_error(event_node(builder, event, NODE_SCALAR), builder->error,
                          "a scenario needs no directives", "there is a directive ('%%...') above");
    }
    return STATUS_OK;
}

static enum status build(struct builder *builder, struct fy_event *event) {
    struct fy_token *anchor = NULL;
    struct fy_token *tag = NULL;
    switch (event->type) {
    case FYET_DOCUMENT_START:
        return start_document(builder, event);
    case FYET_ALIAS:
        return refuse(builder, event->alias.anchor, "an alias ('*name')");
    case FYET_SCALAR:
        anchor = event->scalar.anchor;
        tag = event->scalar.tag;
        break;
    case FYET_MAPPING_START:
        anchor = event->mapping_start.anchor;
        tag = event->mapping_start.tag;
        break;
    case FYET_SEQUENCE_START:
        anchor = event->sequence_start.anchor;
        tag = event->sequence_start.tag;
        break;
    case FYET_MAPPING_END:
    case FYET_SEQUENCE_END:
        builder->depth--;
        return STATUS_OK;
    default:
        return STATUS_OK;
    }
    if (anchor != NULL) {
        return refuse(builder, anchor, "an anchor ('&name')");
    }
    if (tag != NULL) {
        return refuse(builder, tag, "a tag ('!name')");
    }
    if (event->type == FYET_SCALAR) {
        enum status status = STATUS_OK;
        struct node *node = scalar_node(builder, event, &status);
        return status == STATUS_OK ? add_to_parent(builder, node) : status;
    }
    return open_collection(builder, event,
                           event->type == FYET_MAPPING_START ? NODE_MAP : NODE_LIST);
}

// What is usually meant by a line "key: value" that is not YAML; NULL: none of these.
static const char *usual_slip(const char *text, int line) {
    REQUIRE(text != NULL);
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz_0123456789";
    for (; line > 1 && *text != 0; text++) {
        line -= *text == '\n';
    }
    size_t indent = strspn(text, " {");
    const char *ends = memchr(text, '{', indent) == NULL ? "\n" : "\n,}";
    text += indent;
    size_t length = strspn(text, letters);
    if (length == 0 || text[length] != ':') {
        return NULL;
    }
    const char *value = text + length + 1;
    if (strchr(" \t\r\n", *value) == NULL) { // a word to YAML, which misses the colon elsewhere
        return HINT_MISSING_BLANK;
    }
    value += strspn(value, " ");
    const char *colon = memchr(value, ':', strcspn(value, ends));
    bool is_text = *value == '@' || *value == '`' || *value == '%' ||
                   (strchr("{['\"", *value) == NULL && colon != NULL);
    return is_text ? "a text with a colon or a special sign in it is put in quotes, as in title: "
                     "\"SGD: first steps\""
                   : NULL;
}

static enum status not_yaml(struct builder *builder, struct fy_diag *diag) {
    void *iterator = NULL;
    const struct fy_diag_error *found = fy_diag_errors_iterate(diag, &iterator);
    struct text_buffer hint = {0};
    const char *slip = found == NULL ? NULL : usual_slip(builder->source->text, found->line);
    if (slip != NULL) {
        text_buffer_add(&hint, "%s%s", slip, builder->depth > 0 ? "; " : "");
    }
    if (builder->depth > 0) {
        const struct node *open = builder->open[builder->depth - 1];
        text_buffer_add(&hint, "inside the %s that begins at line %d, column %d",
                        open->kind == NODE_MAP ? "map" : "list", open->line, open->column);
    }
    enum status status = source_error(
        builder->source, found == NULL || found->line < 1 ? 1 : found->line,
        found == NULL || found->column < 1 ? 1 : found->column, builder->error,
        text_buffer_text(&hint), "not YAML: %s", found == NULL ? "unreadable" : found->msg);
    text_buffer_clear(&hint);
    return status;
}

static enum status run_parser(struct builder *builder, struct fy_parser *parser,
                              struct fy_diag *diag) {
    enum status status = STATUS_OK;
    while (status == STATUS_OK) {
        struct fy_event *event = fy_parser_parse(parser);
        if (event == NULL) {
            return fy_parser_get_stream_error(parser) ? not_yaml(builder, diag) : STATUS_OK;
        }
        status = build(builder, event);
        fy_parser_event_free(parser, event);
    }
    return status;
}

static enum status parse(struct builder *builder, size_t size) {
    struct fy_diag_cfg diag_options;
    fy_diag_cfg_default(&diag_options);
    diag_options.fp = NULL;
    struct fy_diag *diag = fy_diag_create(&diag_options);
    INVARIANT(diag != NULL);
    fy_diag_set_collect_errors(diag, true);
    const struct fy_parse_cfg options = {.flags = FYPCF_QUIET | FYPCF_COLLECT_DIAG |
                                                  FYPCF_DEFAULT_VERSION_1_2 | FYPCF_JSON_NONE,
                                         .diag = diag};
    struct fy_parser *parser = fy_parser_create(&options);
    INVARIANT(parser != NULL);
    fy_parser_set_string(parser, builder->source->text, size);
    enum status status = run_parser(builder, parser, diag);
    fy_parser_destroy(parser);
    fy_diag_destroy(diag);
    return status;
}

enum status document_add_text(struct document *document, const char *name, const char *text,
                              size_t size, struct node **root, struct error *error) {
    REQUIRE(name != NULL && text != NULL && root != NULL);
    const struct source *source = add_source(document, name, text, size);
    enum status status = source_check_text(source, size, error);
    if (status != STATUS_OK) {
        return status;
    }
    struct builder builder = {.document = document, .source = source, .error = error};
    status = parse(&builder, size);
    if (status == STATUS_OK) {
        *root = builder.root != NULL ? builder.root : add_node(document, NODE_SCALAR, source, 1, 1);
    }
    return status;
}

// Recursion is bounded by DOCUMENT_DEPTH_MAX.
enum status node_check_characters(const struct node *node, struct error *error) {
    REQUIRE(node->text != NULL);
    enum status status =
        refuse_characters(node, node->text, strlen(node->text), character_deceit, error);
    for (const struct node *child = node->first; child != NULL && status == STATUS_OK;
         child = child->next) {
        if (child->key != NULL) {
            status = node_check_characters(child->key, error);
        }
        if (status == STATUS_OK) {
            status = node_check_characters(child, error);
        }
    }
    return status;
}

enum status document_add_file(struct document *document, const char *path, struct node **root,
                              struct error *error) {
    REQUIRE(path != NULL && root != NULL);
    char *text = NULL;
    size_t size = 0;
    enum status status = source_read_file(path, &text, &size, error);
    if (status == STATUS_OK) {
        status = document_add_text(document, path, text, size, root, error);
    }
    if (status == STATUS_OK) {
        status = node_check_characters(*root, error);
    }
    memory_free(text);
    return status;
}
