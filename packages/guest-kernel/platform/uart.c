/* NS16550A: polled output, interrupt-driven input. Registers are bytes at consecutive addresses. */
#include "board.h"
#include "memory-map.h"
#include "native.h"

enum { DATA = 0, INTERRUPT_ENABLE = 1, FIFO_CONTROL = 2, FIFO_STATUS = 2, LINE_CONTROL = 3, LINE_STATUS = 5 };
enum { ENABLE_RECEIVE = 1, FIFO_ON = 1, FIFO_IS_ON = 0xc0, EIGHT_BITS = 3, STATUS_RECEIVED = 1, STATUS_SEND_READY = 0x20 };

#define reg(offset) device_at(board.uart.base, offset, u8)

void uart_put(char c) {
  if (!board.uart.base) return;
  while (!(reg(LINE_STATUS) & STATUS_SEND_READY)) {}
  reg(DATA) = (u8)c;
}

/* What the kernel has no room for stays in the device, which then does not interrupt until uart_listen. */
void uart_interrupt(void) {
  while (reg(LINE_STATUS) & STATUS_RECEIVED) {
    if (!console_room()) {
      reg(INTERRUPT_ENABLE) = 0;
      return;
    }
    console_input((char)reg(DATA));
  }
}

void uart_listen(void) {
  if (board.uart.base) reg(INTERRUPT_ENABLE) = ENABLE_RECEIVE;
}

/* Input may have come before us: switching the FIFO on clears it, so it is emptied first, or left on. */
void uart_start(void) {
  if (!board.uart.base) return;
  reg(INTERRUPT_ENABLE) = 0;
  reg(LINE_CONTROL) = EIGHT_BITS;
  if ((reg(FIFO_STATUS) & FIFO_IS_ON) != FIFO_IS_ON) {
    uart_interrupt();
    reg(FIFO_CONTROL) = FIFO_ON;
  }
  uart_listen();
}
