import { describe, expect, test } from 'vitest'
import { type Uart16550Options, uart16550 } from './uart16550.ts'

const DATA = 0
const IER = 1
const IIR = 2
const FCR = 2
const LCR = 3
const MCR = 4
const LSR = 5
const MSR = 6
const SCR = 7

const setUp = (options: Partial<Uart16550Options> = {}) => {
  const out: number[] = []
  const lines: boolean[] = []
  const uart = uart16550({
    output: (byte) => out.push(byte),
    interrupt: (on) => lines.push(on),
    ...options,
  })
  return {
    uart,
    out,
    lines,
    get: (register: number) => uart.read(register, 1),
    set: (register: number, value: number) => uart.write(register, 1, value),
    asserted: () => lines.at(-1) ?? false,
    readAll: () => {
      const bytes: number[] = []
      while (uart.read(LSR, 1) & 1) bytes.push(uart.read(DATA, 1))
      return bytes
    },
  }
}

const bytes = (count: number): Uint8Array => Uint8Array.from({ length: count }, (_, i) => i & 0xff)

describe('registers', () => {
  test.each([
    ['IER keeps bits 3:0', IER, 0xff, 0x0f],
    ['LCR keeps all', LCR, 0x7f, 0x7f],
    ['MCR keeps bits 4:0', MCR, 0xff, 0x1f],
    ['SCR keeps all', SCR, 0xa5, 0xa5],
    ['LSR is read-only', LSR, 0xff, 0x60],
    ['MSR is read-only', MSR, 0x00, 0xb0],
    ['IIR says no interrupt', IIR, 0x00, 0x01],
  ])('%s', (_name, register, written, read) => {
    const { get, set } = setUp()
    set(register, written)
    expect(get(register)).toBe(read)
  })

  test('the divisor latch hides data and interrupt enables', () => {
    const { get, set, out } = setUp()
    set(IER, 5)
    set(LCR, 0x83)
    set(DATA, 0x34)
    set(IER, 0x12)
    expect([get(DATA), get(IER)]).toEqual([0x34, 0x12])
    set(LCR, 0x03)
    expect([get(IER), out]).toEqual([5, []])
  })

  test('wide accesses reach the register at their offset', () => {
    const { uart } = setUp()
    uart.write(SCR, 4, 0x1234_5678)
    expect(uart.read(SCR, 4)).toBe(0x78)
  })

  test('nothing lies beyond the eighth', () => {
    const { uart } = setUp()
    uart.write(8, 4, 0xff)
    expect([uart.read(8, 4), uart.read(0xff, 1)]).toEqual([0, 0])
  })
})

describe('transmission', () => {
  test('puts out bytes as they are stored, and is always empty', () => {
    const { set, get, out } = setUp()
    for (const byte of [0x68, 0x69]) set(DATA, byte)
    expect([out, get(LSR)]).toEqual([[0x68, 0x69], 0x60])
  })

  test('enabling the interrupt makes it pending, reading IIR withdraws it', () => {
    const { set, get, asserted } = setUp()
    set(IER, 2)
    expect(asserted()).toBe(true)
    expect([get(IIR), asserted(), get(IIR)]).toEqual([2, false, 1])
  })

  test('a byte sent makes the interrupt pending again', () => {
    const { set, get, asserted } = setUp()
    set(IER, 2)
    get(IIR)
    set(DATA, 0x41)
    expect([asserted(), get(IIR)]).toEqual([true, 2])
  })

  test('enabling it while it is enabled does not', () => {
    const { set, get, asserted } = setUp()
    set(IER, 2)
    get(IIR)
    set(IER, 3)
    expect([asserted(), get(IIR)]).toEqual([false, 1])
  })

  test('reading IIR withdraws it only when IIR says it', () => {
    const { uart, set, get } = setUp()
    set(IER, 3)
    uart.receive(Uint8Array.of(1))
    expect(get(IIR)).toBe(4)
    get(DATA)
    expect(get(IIR)).toBe(2)
  })
})

describe('reception', () => {
  test('without FIFOs one byte at a time, in order', () => {
    const { uart, get, readAll } = setUp()
    uart.receive(bytes(5))
    expect(uart.waiting).toBe(5)
    expect(get(IIR) & 0xc0).toBe(0)
    expect(readAll()).toEqual([0, 1, 2, 3, 4])
    expect(get(DATA)).toBe(0)
  })

  test('a long paste arrives whole and never overruns', () => {
    const { uart, set, get } = setUp()
    set(FCR, 1)
    expect(uart.receive(bytes(20_000))).toBe(20_000)
    let read = 0
    let wrong = 0
    for (let status = get(LSR); status & 1; status = get(LSR)) {
      if (status & 2 || get(DATA) !== (read & 0xff)) wrong++
      read++
    }
    expect(wrong).toBe(0)
    expect(read).toBe(20_000)
  })

  test('what does not fit is refused, and the host hears when there is room', () => {
    let drained = 0
    const { uart, set, get } = setUp({ queueLimit: 64, drained: () => drained++ })
    set(FCR, 1)
    expect(uart.receive(bytes(100))).toBe(80)
    expect(uart.receive(bytes(1))).toBe(0)
    for (let i = 0; i < 31; i++) get(DATA)
    expect(drained).toBe(0)
    get(DATA)
    expect(drained).toBe(1)
    expect(uart.receive(bytes(10))).toBe(10)
    while (get(LSR) & 1) get(DATA)
    expect(drained).toBe(1)
  })

  test.each([
    [0x01, 1],
    [0x41, 4],
    [0x81, 8],
    [0xc1, 14],
  ])('FCR %# 0x%x: fewer bytes than the trigger level are a timeout', (control, level) => {
    const { uart, set, get, asserted } = setUp()
    set(FCR, control)
    set(IER, 1)
    for (let count = 1; count <= 16; count++) {
      uart.receive(Uint8Array.of(count))
      expect([get(IIR), asserted()]).toEqual([count >= level ? 0xc4 : 0xcc, true])
    }
    for (let count = 15; count >= 0; count--) {
      get(DATA)
      expect(get(IIR)).toBe(count >= level ? 0xc4 : count > 0 ? 0xcc : 0xc1)
    }
    expect(asserted()).toBe(false)
  })

  test.each([
    ['clearing the receive FIFO', 0x03],
    ['disabling the FIFOs', 0x00],
  ])('%s drops what it holds', (_name, control) => {
    const { uart, set, get } = setUp()
    set(FCR, 1)
    uart.receive(bytes(3))
    set(FCR, control)
    expect([get(LSR), uart.waiting]).toEqual([0x60, 0])
  })

  test('trigger bits without the enable bit are ignored', () => {
    const { set, get } = setUp()
    set(FCR, 0xc6)
    expect(get(IIR)).toBe(1)
  })
})

describe('interrupts', () => {
  test('come in the order of their priority', () => {
    const { set, get, asserted } = setUp()
    set(FCR, 0x01)
    set(MCR, 0x10)
    set(IER, 0x0f)
    for (let i = 0; i < 17; i++) set(DATA, i)
    const causes = [get(IIR)]
    get(LSR)
    causes.push(get(IIR))
    for (let i = 0; i < 16; i++) get(DATA)
    causes.push(get(IIR), get(IIR))
    get(MSR)
    causes.push(get(IIR))
    expect(causes).toEqual([0xc6, 0xc4, 0xc2, 0xc0, 0xc1])
    expect(asserted()).toBe(false)
  })

  test('say nothing that is not enabled', () => {
    const { uart, set, get, lines } = setUp()
    uart.receive(bytes(4))
    set(DATA, 1)
    expect([get(IIR), lines]).toEqual([1, []])
  })

  test('appear when they are enabled after the fact, and vanish when disabled', () => {
    const { uart, set, asserted } = setUp()
    uart.receive(bytes(1))
    set(IER, 1)
    expect(asserted()).toBe(true)
    set(IER, 0)
    expect(asserted()).toBe(false)
  })
})

describe('loopback', () => {
  test('returns what is sent and puts nothing out', () => {
    const { set, out, readAll } = setUp()
    set(FCR, 1)
    set(MCR, 0x10)
    for (const byte of [1, 2, 3]) set(DATA, byte)
    expect([readAll(), out]).toEqual([[1, 2, 3], []])
  })

  test('overruns a full FIFO, which keeps what it has, until LSR is read', () => {
    const { set, get, readAll } = setUp()
    set(FCR, 1)
    set(MCR, 0x10)
    for (let i = 0; i < 18; i++) set(DATA, i)
    expect([get(LSR), get(LSR)]).toEqual([0x63, 0x61])
    expect(readAll()).toEqual([...bytes(16)])
  })

  test('overruns the lone register, which takes the new byte', () => {
    const { set, get } = setUp()
    set(MCR, 0x10)
    set(DATA, 1)
    set(DATA, 2)
    expect([get(LSR), get(DATA), get(LSR)]).toEqual([0x63, 2, 0x60])
  })

  test('keeps the input of the host waiting', () => {
    const { uart, set, get, readAll } = setUp()
    set(MCR, 0x10)
    uart.receive(Uint8Array.of(9))
    expect(get(LSR) & 1).toBe(0)
    set(MCR, 0)
    expect(readAll()).toEqual([9])
  })

  test.each([
    ['DTR is DSR', 0x11, 0x20],
    ['RTS is CTS', 0x12, 0x10],
    ['OUT1 is RI', 0x14, 0x40],
    ['OUT2 is DCD', 0x18, 0x80],
  ])('%s', (_name, control, lines) => {
    const { set, get } = setUp()
    set(MCR, control)
    expect(get(MSR) & 0xf0).toBe(lines)
  })

  test('notes changes of the modem lines, of RI only the trailing edge', () => {
    const { set, get } = setUp()
    set(MCR, 0x10)
    expect(get(MSR)).toBe(0x0b)
    set(MCR, 0x14)
    expect(get(MSR)).toBe(0x40)
    set(MCR, 0x10)
    expect([get(MSR), get(MSR)]).toEqual([0x04, 0x00])
  })
})

describe("Linux's 8250 driver", () => {
  // The steps of autoconfig() and serial8250_do_startup() in drivers/tty/serial/8250/8250_port.c, by what they check.
  test('finds a 16550A', () => {
    const { get, set } = setUp()
    set(IER, 0)
    expect(get(IER) & 0x0f).toBe(0)
    set(IER, 0x0f)
    expect(get(IER) & 0x0f).toBe(0x0f)
    set(IER, 0)
    set(MCR, 0x1a)
    expect(get(MSR) & 0xf0).toBe(0x90)
    set(MCR, 0)
    set(LCR, 0xbf)
    set(FCR, 0)
    set(LCR, 0)
    set(FCR, 1)
    expect(get(IIR) >> 6).toBe(3)
    // No enhanced feature register, with either way to reach one.
    for (const control of [0x80, 0xbf]) {
      set(LCR, control)
      expect(get(2)).not.toBe(0)
    }
    set(LCR, 0)
    // No 64-byte FIFO.
    set(FCR, 0x21)
    const first = get(IIR) >> 5
    set(LCR, 0x80)
    set(FCR, 0x21)
    set(LCR, 0)
    expect([first, get(IIR) >> 5]).toEqual([6, 6])
    // No unit-enable bit in IER.
    set(IER, 0x40)
    expect(get(IER) & 0x40).toBe(0)
  })

  test('measures a FIFO of 16 bytes in loopback', () => {
    const { get, set, readAll } = setUp()
    set(FCR, 0x07)
    set(MCR, 0x1b)
    for (let i = 0; i < 256; i++) set(DATA, i)
    expect(readAll()).toHaveLength(16)
    expect(get(LSR) & 1).toBe(0)
  })

  test('trusts its transmitter interrupt and IIR', () => {
    const { get, set } = setUp()
    set(IER, 2)
    expect(get(IIR) & 1).toBe(0)
    set(IER, 0)
    set(IER, 2)
    expect([get(LSR) & 0x40, get(IIR) & 1]).toEqual([0x40, 0])
  })
})

test('reset restores power-on, deasserts the interrupt and forgets input', () => {
  const { uart, get, set, asserted } = setUp()
  set(FCR, 0xc1)
  set(LCR, 0x83)
  set(DATA, 1)
  set(LCR, 0)
  set(IER, 0x0f)
  set(MCR, 0x1f)
  set(SCR, 7)
  uart.receive(bytes(100))
  uart.reset()
  expect(asserted()).toBe(false)
  expect(uart.waiting).toBe(0)
  expect([0, 1, 2, 3, 4, 5, 6, 7].map(get)).toEqual([0, 0, 1, 0, 0, 0x60, 0xb0, 0])
})
