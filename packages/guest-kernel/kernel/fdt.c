/*
 * Flattened device tree (Devicetree Specification, chapter 5): one pass over the structure block. Every node that we
 * know by its `compatible` string or name is complete when the walk leaves it. The tree is data from outside: every
 * offset is checked against the size of the blob.
 */
#include "board.h"
#include "platform.h"
#include "print.h"
#include "string.h"

enum { MAGIC = 0xd00dfeed, BEGIN_NODE = 1, END_NODE = 2, PROPERTY = 3, NOP = 4, END = 9 };
enum { MAX_DEPTH = 16, MAX_HARTS = 16, S_MODE_EXTERNAL = 9 };

struct header {
  u32 magic, total_size, structure, strings, reservations, version, last_compatible, boot_hart, strings_size,
      structure_size;
};

struct value {
  const u8 *bytes;
  u32 length;
};

struct node {
  const char *name;
  u32 address_cells, size_cells; /* for the children */
  struct value compatible, reg, interrupts, interrupts_extended;
  u32 phandle;
};

struct board board;

static struct {
  struct { u32 hart, phandle; } controllers[MAX_HARTS];
  u32 controller_count;
  struct value plic_extended;
} seen;

static u32 word(const void *at) {
  const u8 *b = at;
  return (u32)b[0] << 24 | (u32)b[1] << 16 | (u32)b[2] << 8 | b[3];
}

static u64 cells(struct value value, u32 first, u32 count) {
  u64 result = 0;
  for (u32 i = first; i < first + count && 4 * i + 4 <= value.length; i++) result = result << 32 | word(value.bytes + 4 * i);
  return result;
}

static bool is_compatible(const struct node *node, const char *with) {
  u32 length = (u32)strlen(with) + 1;
  for (u32 at = 0; at + length <= node->compatible.length; at++)
    if ((at == 0 || !node->compatible.bytes[at - 1]) && !memcmp(node->compatible.bytes + at, with, length)) return true;
  return false;
}

static bool is_named(const struct node *node, const char *name) {
  u32 length = (u32)strlen(name);
  return !strncmp(node->name, name, length) && (!node->name[length] || node->name[length] == '@');
}

static struct board_device device_of(const struct node *node, const struct node *parent) {
  return (struct board_device){
      .base = cells(node->reg, 0, parent->address_cells),
      .size = cells(node->reg, parent->address_cells, parent->size_cells),
      .irq = (u32)cells(node->interrupts, 0, 1),
  };
}

static void property(struct node *node, const char *name, struct value value) {
  if (!strcmp(name, "#address-cells")) node->address_cells = (u32)cells(value, 0, 1);
  else if (!strcmp(name, "#size-cells")) node->size_cells = (u32)cells(value, 0, 1);
  else if (!strcmp(name, "compatible")) node->compatible = value;
  else if (!strcmp(name, "reg")) node->reg = value;
  else if (!strcmp(name, "interrupts")) node->interrupts = value;
  else if (!strcmp(name, "interrupts-extended")) node->interrupts_extended = value;
  else if (!strcmp(name, "phandle")) node->phandle = (u32)cells(value, 0, 1);
  else if (!strcmp(name, "timebase-frequency")) board.timebase = cells(value, 0, value.length / 4);
  else if (!strcmp(name, "linux,initrd-start")) board.initrd_start = cells(value, 0, value.length / 4);
  else if (!strcmp(name, "linux,initrd-end")) board.initrd_end = cells(value, 0, value.length / 4);
  else if (!strcmp(name, "bootargs") && is_named(node, "chosen")) {
    u32 length = min_of(value.length, (u32)sizeof board.bootargs - 1);
    memcpy(board.bootargs, value.bytes, length);
  }
}

static void leave(struct node *node, struct node *parent) {
  if (is_named(node, "memory") && !board.memory_size) {
    struct board_device memory = device_of(node, parent);
    board.memory_base = memory.base;
    board.memory_size = memory.size;
  } else if (is_compatible(node, "riscv,cpu-intc") && seen.controller_count < MAX_HARTS) {
    u32 slot = seen.controller_count++;
    seen.controllers[slot].hart = (u32)cells(parent->reg, 0, 1);
    seen.controllers[slot].phandle = node->phandle;
  } else if (is_compatible(node, "ns16550a") || is_compatible(node, "ns16550")) {
    if (!board.uart.base) board.uart = device_of(node, parent);
  } else if (is_compatible(node, "riscv,plic0") || is_compatible(node, "sifive,plic-1.0.0")) {
    board.plic = device_of(node, parent);
    seen.plic_extended = node->interrupts_extended;
  } else if (is_compatible(node, "virtio,mmio") && board.virtio_count < BOARD_VIRTIO_MAX) {
    board.virtio[board.virtio_count++] = device_of(node, parent);
  }
}

/* The PLIC lists (hart's interrupt controller, interrupt) pairs; the position in the list is the context number. */
static void find_plic_context(void) {
  for (u32 context = 0; context < seen.plic_extended.length / 8; context++) {
    u32 phandle = (u32)cells(seen.plic_extended, 2 * context, 1);
    if (cells(seen.plic_extended, 2 * context + 1, 1) != S_MODE_EXTERNAL) continue;
    for (u32 i = 0; i < seen.controller_count; i++)
      if (seen.controllers[i].phandle == phandle && seen.controllers[i].hart == board.hart) board.plic_context = context;
  }
}

void board_read(const void *tree, u64 hart) {
  const u8 *blob = tree;
  const struct header *header = tree;
  if (word(&header->magic) != MAGIC) panic("no device tree");
  u32 total = word(&header->total_size), strings = word(&header->strings);
  struct node stack[MAX_DEPTH] = {{.name = "", .address_cells = 2, .size_cells = 1}};
  u32 depth = 0;
  board.hart = hart;
  for (u32 at = word(&header->structure); at + 4 <= total;) {
    u32 token = word(blob + at);
    at += 4;
    if (token == BEGIN_NODE) {
      if (++depth == MAX_DEPTH) panic("device tree is too deep");
      stack[depth] = (struct node){.name = (const char *)blob + at, .address_cells = 2, .size_cells = 1};
      while (at < total && blob[at]) at++;
      at = (at + 4) & ~3U;
    } else if (token == PROPERTY && at + 8 <= total) {
      u32 length = word(blob + at), name = strings + word(blob + at + 4);
      at += 8;
      if (length > total - at || name >= total) panic("device tree is damaged");
      property(&stack[depth], (const char *)blob + name, (struct value){blob + at, length});
      at = (at + length + 3) & ~3U;
    } else if (token == END_NODE && depth) {
      leave(&stack[depth], &stack[depth - 1]);
      depth--;
    } else if (token != NOP) {
      break;
    }
  }
  find_plic_context();
  if (!board.memory_size) panic("no memory in the device tree");
  if (!board.timebase) panic("no timebase in the device tree");
}
