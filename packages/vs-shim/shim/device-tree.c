#include "device-tree.h"

/* Devicetree Specification, chapter 5. */
#define MAGIC 0xd00dfeed
enum { BEGIN_NODE = 1, END_NODE = 2, PROPERTY = 3, NOP = 4 };

static u32 word(const u8 *at) { return (u32)at[0] << 24 | (u32)at[1] << 16 | (u32)at[2] << 8 | at[3]; }

static void put_word(u8 *at, u32 value) {
  for (int i = 0; i < 4; i++) at[i] = (u8)(value >> (24 - 8 * i));
}

static int same(const char *a, const char *b) {
  while (*a && *a == *b) a++, b++;
  return *a == *b;
}

static int begins(const char *text, const char *start) {
  while (*start && *text == *start) text++, start++;
  return !*start;
}

static const u8 *after_text(const u8 *text) {
  while (*text) text++;
  return (const u8 *)(((u64)text + 4) & ~3UL);
}

/* A place in the structure block. */
struct property {
  const char *node, *name;
  u8 *value;
  u32 length;
};

/* Goes to the next property behind `*at`. @returns 0 at the end. */
static int next_property(u8 *tree, u8 **at, struct property *found) {
  if (!*at) {
    if (word(tree) != MAGIC) stop("the firmware gave no device tree");
    *at = tree + word(tree + 8);
    found->node = "";
  }
  for (;;) {
    u8 *token = *at;
    switch (word(token)) {
      case BEGIN_NODE:
        found->node = (const char *)token + 4;
        *at = (u8 *)after_text(token + 4);
        break;
      case PROPERTY:
        found->length = word(token + 4);
        found->name = (const char *)tree + word(tree + 12) + word(token + 8);
        found->value = token + 12;
        *at = (u8 *)(((u64)token + 12 + found->length + 3) & ~3UL);
        return 1;
      case END_NODE:
      case NOP:
        *at = token + 4;
        break;
      default:
        return 0;
    }
  }
}

/* Takes bytes out of a value; where its padding then is too long, nothing follows. */
static void cut(struct property *from, u32 start, u32 count) {
  u32 length = from->length - count;
  for (u32 i = start; i < length; i++) from->value[i] = from->value[i + count];
  for (u32 i = length; i < from->length; i++) from->value[i] = 0;
  for (u32 i = (length + 3) & ~3U; i < ((from->length + 3) & ~3U); i += 4) put_word(from->value + i, NOP);
  put_word(from->value - 8, length);
  from->length = length;
}

/* riscv,isa: letters until the first underscore. */
static int cut_letter(struct property *isa) {
  for (u32 i = 4; i < isa->length && isa->value[i] && isa->value[i] != '_'; i++)
    if (isa->value[i] == 'h') return cut(isa, i, 1), 1;
  return 0;
}

/* riscv,isa-extensions: a list of names. */
static int cut_name(struct property *names) {
  for (u32 i = 0; i + 1 < names->length; i++)
    if ((i == 0 || !names->value[i - 1]) && names->value[i] == 'h' && !names->value[i + 1]) return cut(names, i, 2), 1;
  return 0;
}

int take_h_from_tree(u8 *tree) {
  int found = 0;
  struct property property;
  for (u8 *at = 0; next_property(tree, &at, &property);) {
    if (same(property.name, "riscv,isa")) found |= cut_letter(&property);
    if (same(property.name, "riscv,isa-extensions")) found |= cut_name(&property);
  }
  return found;
}

/* Two cells of address and two of size, as `virt` has them. */
void take_memory_from_tree(u8 *tree) {
  struct property property;
  for (u8 *at = 0; next_property(tree, &at, &property);) {
    if (!begins(property.node, "memory@") || !same(property.name, "reg")) continue;
    u8 *reg = property.value;
    u64 start = (u64)word(reg) << 32 | word(reg + 4), size = (u64)word(reg + 8) << 32 | word(reg + 12);
    if (property.length != 16 || start != MEMORY || size <= GUEST_MEMORY - MEMORY) continue;
    size -= GUEST_MEMORY - MEMORY;
    put_word(reg + 4, GUEST_MEMORY);
    put_word(reg + 8, (u32)(size >> 32));
    put_word(reg + 12, (u32)size);
    return;
  }
  stop("the device tree has no memory at 0x80000000");
}
