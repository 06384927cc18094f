/*
 * virtio-blk over virtio-mmio (Virtio 1.1, 4.2 and 5.2), one request in flight. The modern interface (version 2) and
 * the legacy one (version 1, QEMU's default) differ in how features and the queue's address are told; the queue is
 * laid out so that it suits both: descriptors and the available ring in one page, the used ring in the next.
 */
#include "board.h"
#include "memory-map.h"
#include "native.h"

enum {
  MAGIC_VALUE = 0x000, VERSION = 0x004, DEVICE_ID = 0x008, DEVICE_FEATURES = 0x010, DEVICE_FEATURES_SELECT = 0x014,
  DRIVER_FEATURES = 0x020, DRIVER_FEATURES_SELECT = 0x024, GUEST_PAGE_SIZE = 0x028, QUEUE_SELECT = 0x030,
  QUEUE_SIZE_MAX = 0x034, QUEUE_SIZE = 0x038, QUEUE_ALIGN = 0x03c, QUEUE_PAGE = 0x040, QUEUE_READY = 0x044,
  QUEUE_NOTIFY = 0x050, INTERRUPT_STATUS = 0x060, INTERRUPT_ACKNOWLEDGE = 0x064, STATUS = 0x070,
  QUEUE_DESCRIPTORS = 0x080, QUEUE_AVAILABLE = 0x090, QUEUE_USED = 0x0a0, CONFIG_CAPACITY = 0x100,
};
enum { ACKNOWLEDGE = 1, DRIVER = 2, DRIVER_OK = 4, FEATURES_OK = 8 };
enum { MAGIC = 0x74726976, ID_BLOCK = 2, FEATURE_VERSION_1_HIGH = 1, ENTRIES = 8 };
enum { NEXT = 1, DEVICE_WRITES = 2, REQUEST_IN = 0, REQUEST_OUT = 1 };

struct descriptor { u64 address; u32 length; u16 flags, next; };
struct available { u16 flags, index, ring[ENTRIES], used_event; };
struct used { u16 flags, index; struct { u32 id, length; } ring[ENTRIES]; u16 available_event; };

static struct {
  struct descriptor descriptors[ENTRIES];
  volatile struct available available;
  volatile struct used used __attribute__((aligned(4096)));
} queue __attribute__((aligned(4096)));

static struct { u32 type, reserved; u64 sector; } request_header;
static volatile u8 request_status;

static const struct board_device *device;
static struct block_request *in_flight;
static u16 used_seen;
static u64 sectors;

#define reg(offset) device_at(device->base, offset, u32)
#define physical_of(pointer) ((u64)(pointer) - DIRECT_MAP)
#define fence() __asm__ volatile("fence" ::: "memory")

static void tell_address(u32 offset, paddr address) {
  reg(offset) = (u32)address;
  reg(offset + 4) = (u32)(address >> 32);
}

static bool negotiate(void) {
  bool legacy = reg(VERSION) == 1;
  reg(STATUS) = 0;
  reg(STATUS) = ACKNOWLEDGE;
  reg(STATUS) = ACKNOWLEDGE | DRIVER;
  reg(DRIVER_FEATURES_SELECT) = 0;
  reg(DRIVER_FEATURES) = 0;
  if (!legacy) {
    reg(DRIVER_FEATURES_SELECT) = 1;
    reg(DRIVER_FEATURES) = FEATURE_VERSION_1_HIGH;
    reg(STATUS) = ACKNOWLEDGE | DRIVER | FEATURES_OK;
    if (!(reg(STATUS) & FEATURES_OK)) return false;
  }
  reg(QUEUE_SELECT) = 0;
  if (reg(QUEUE_SIZE_MAX) < ENTRIES) return false;
  reg(QUEUE_SIZE) = ENTRIES;
  if (legacy) {
    reg(GUEST_PAGE_SIZE) = PAGE_SIZE;
    reg(QUEUE_ALIGN) = PAGE_SIZE;
    reg(QUEUE_PAGE) = (u32)(physical_of(&queue) >> PAGE_SHIFT);
  } else {
    tell_address(QUEUE_DESCRIPTORS, physical_of(queue.descriptors));
    tell_address(QUEUE_AVAILABLE, physical_of(&queue.available));
    tell_address(QUEUE_USED, physical_of(&queue.used));
    reg(QUEUE_READY) = 1;
  }
  reg(STATUS) = ACKNOWLEDGE | DRIVER | DRIVER_OK | (legacy ? 0 : FEATURES_OK);
  return true;
}

void virtio_block_start(void) {
  for (u32 i = 0; i < board.virtio_count; i++) {
    device = &board.virtio[i];
    if (reg(MAGIC_VALUE) == MAGIC && (reg(VERSION) == 1 || reg(VERSION) == 2) && reg(DEVICE_ID) == ID_BLOCK &&
        negotiate()) {
      sectors = reg(CONFIG_CAPACITY) | (u64)reg(CONFIG_CAPACITY + 4) << 32;
      plic_enable(device->irq);
      return;
    }
  }
  device = NULL;
}

u64 virtio_block_sectors(void) { return sectors; }
bool virtio_block_interrupts(void) { return device && device->irq && board.plic.base; }
bool virtio_block_irq(u32 source) { return device && source == device->irq; }

bool virtio_block_submit(struct block_request *request) {
  if (in_flight) return false;
  in_flight = request;
  request_header.type = request->write ? REQUEST_OUT : REQUEST_IN;
  request_header.sector = request->sector;
  request_status = 0xff;
  queue.descriptors[0] = (struct descriptor){physical_of(&request_header), sizeof request_header, NEXT, 1};
  queue.descriptors[1] =
      (struct descriptor){request->address, request->bytes, NEXT | (request->write ? 0 : DEVICE_WRITES), 2};
  queue.descriptors[2] = (struct descriptor){physical_of(&request_status), 1, DEVICE_WRITES, 0};
  queue.available.ring[queue.available.index % ENTRIES] = 0;
  fence();
  queue.available.index++;
  fence();
  reg(QUEUE_NOTIFY) = 0;
  return true;
}

void virtio_block_poll(void) {
  if (!device) return;
  reg(INTERRUPT_ACKNOWLEDGE) = reg(INTERRUPT_STATUS) & 3;
  fence();
  if (!in_flight || queue.used.index == used_seen) return;
  used_seen++;
  struct block_request *request = in_flight;
  in_flight = NULL;
  request->failed = request_status != 0;
  block_completed(request);
}
