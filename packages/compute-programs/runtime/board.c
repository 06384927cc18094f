#include "board.h"
#include "memory-map.h"

#define TRANSMIT 0
#define LINE_STATUS 5
#define TRANSMITTER_EMPTY 0x20

static void put(char c) {
  volatile u8 *uart = (volatile u8 *)UART;
  while (!(uart[LINE_STATUS] & TRANSMITTER_EMPTY)) {}
  uart[TRANSMIT] = (u8)c;
}

void print(const char *text) {
  while (*text) put(*text++);
}

void print_hex(u64 value) {
  for (int shift = 60; shift >= 0; shift -= 4) put("0123456789abcdef"[value >> shift & 15]);
}

/* SBI system reset; where the firmware has none, the test device. */
void power_off(int failed) {
  register u64 type asm("a0") = 0;
  register u64 reason asm("a1") = failed ? 1 : 0;
  register u64 function asm("a6") = 0;
  register u64 extension asm("a7") = 0x53525354;
  asm volatile("ecall" : "+r"(type), "+r"(reason) : "r"(function), "r"(extension) : "memory");
  *(volatile u32 *)TEST_DEVICE = failed ? 0x13333 : 0x5555;
  for (;;) asm volatile("wfi");
}

/* Devicetree Specification, chapter 5. */
enum { BEGIN_NODE = 1, END_NODE = 2, PROPERTY = 3, NOP = 4 };

static u32 word(const u8 *at) { return (u32)at[0] << 24 | (u32)at[1] << 16 | (u32)at[2] << 8 | at[3]; }

/* How many characters of `start`, which must all be there, begin `text`; 0 if they do not. */
static u64 begins(const char *text, const char *start) {
  u64 length = 0;
  for (; start[length]; length++)
    if (text[length] != start[length]) return 0;
  return length;
}

static const char *command_line(const u8 *tree) {
  const u8 *at = tree + word(tree + 8), *strings = tree + word(tree + 12);
  for (;;) {
    u32 token = word(at);
    at += 4;
    if (token == BEGIN_NODE) {
      while (*at) at++;
      at = (const u8 *)(((u64)at + 4) & ~3UL);
    } else if (token == PROPERTY) {
      const char *name = (const char *)strings + word(at + 4);
      if (begins(name, "bootargs") && !name[8]) return (const char *)at + 8;
      at = (const u8 *)(((u64)at + 8 + word(at) + 3) & ~3UL);
    } else if (token != END_NODE && token != NOP) return "";
  }
}

u64 option(const void *tree, const char *name, u64 otherwise) {
  for (const char *text = command_line(tree); *text;) {
    u64 length = begins(text, name);
    if (length && text[length] == '=') {
      u64 value = 0;
      for (text += length + 1; *text >= '0' && *text <= '9'; text++) value = value * 10 + (u64)(*text - '0');
      return value;
    }
    while (*text && *text != ' ') text++;
    while (*text == ' ') text++;
  }
  return otherwise;
}
