/* What the files of the native backend share. Device registers are reached through the direct map. */
#pragma once

#include "platform.h"
#include "types.h"

#define device_at(base, offset, type) (*(volatile type *)(DIRECT_MAP + (base) + (offset)))

void uart_start(void);
void uart_put(char c);
void uart_interrupt(void);
void uart_listen(void);

void plic_start(void);
void plic_enable(u32 source);
u32 plic_claim(void);
void plic_complete(u32 source);
u32 plic_priority(u32 source);
void plic_set_priority(u32 source, u32 priority);

void virtio_block_start(void);
u64 virtio_block_sectors(void);
bool virtio_block_submit(struct block_request *request);
void virtio_block_poll(void);
bool virtio_block_irq(u32 source);
bool virtio_block_interrupts(void);

struct sbi_result {
  i64 error;
  u64 value;
};
struct sbi_result sbi_call(u64 extension, u64 function, u64 a0, u64 a1);
