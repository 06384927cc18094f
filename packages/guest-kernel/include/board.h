/* What the device tree says about the board: the only source of addresses, sizes and interrupt numbers. */
#pragma once

#include "types.h"

#define BOARD_VIRTIO_MAX 32

struct board_device {
  paddr base;
  u64 size;
  u32 irq;
};

struct board {
  u64 hart;
  paddr memory_base;
  u64 memory_size;
  u64 timebase; /* ticks of the time counter per second */
  char bootargs[256];
  paddr initrd_start, initrd_end; /* equal when there is none */
  struct board_device uart;       /* base 0 when there is none */
  struct board_device plic;
  u32 plic_context; /* this hart's S-mode context */
  struct board_device virtio[BOARD_VIRTIO_MAX];
  u32 virtio_count;
};

extern struct board board;

/** Fills `board` from the flattened device tree. Halts with a message if the tree is unusable. */
void board_read(const void *tree, u64 hart);
