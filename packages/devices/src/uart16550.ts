import type { AccessWidth, Device, InterruptLine } from './device.ts'
import { InputQueue } from './input-queue.ts'
import { onChange } from './interrupt-line.ts'

/** Interrupt enable register. */
const IER = { received: 1, transmitEmpty: 2, lineStatus: 4, modemStatus: 8 } as const
/** Interrupt identification register, bits 3:0; the order here is the priority. */
const IIR = { lineStatus: 6, received: 4, timeout: 0xc, transmitEmpty: 2, modemStatus: 0, none: 1 } as const
const IIR_FIFOS = 0xc0
const FCR = { enable: 1, clearReceive: 2 } as const
const TRIGGER_LEVELS = [1, 4, 8, 14] as const
const LCR_DIVISOR_LATCH = 0x80
const MCR = { dtr: 1, rts: 2, out1: 4, out2: 8, loopback: 0x10, mask: 0x1f } as const
/** Offset of the line status register. */
const LINE_STATUS = 5
const LSR = { dataReady: 1, overrun: 2, transmitterEmpty: 0x60 } as const
/** Modem status lines, and their change bits, which are 4 places lower. */
const MSR = { cts: 0x10, dsr: 0x20, ri: 0x40, dcd: 0x80 } as const

/** The other end of the line is always there, clear to send and ready. */
const CONNECTED = MSR.cts | MSR.dsr | MSR.dcd

const FIFO_SIZE = 16
const REGISTERS = 8

/** What a UART needs. */
export interface Uart16550Options {
  /** A byte leaves the transmitter; called while the guest's store executes. */
  output(byte: number): void
  /** The interrupt output. */
  interrupt?: InterruptLine
  /** The most bytes {@link Uart16550.receive} keeps for the guest beyond its FIFO; 65536 if absent. */
  queueLimit?: number
  /** Called when `receive` refused bytes before and half of the queue is free again. */
  drained?(): void
}

/**
 * National Semiconductor's 16550A with its registers one byte apart, as on QEMU's `virt` board.
 *
 * Transmission takes no time: the transmitter is always empty, and the transmitter-empty interrupt becomes pending when
 * a byte was sent or the interrupt is enabled, and is withdrawn by reading it from IIR. Reception takes no time either:
 * bytes of the host enter the FIFO whenever it has room, so the host never causes an overrun (a guest in loopback
 * does), and fewer bytes than the trigger level are a character timeout at once, because nothing else is on its way.
 * Word length, parity and divisor are kept and change nothing.
 *
 * Accesses wider than a byte reach the one register at their offset.
 *
 * @see National Semiconductor PC16550D data sheet, section 8
 */
export class Uart16550 implements Device {
  readonly compatible = ['ns16550a']
  readonly size = 0x100

  readonly #output: (byte: number) => void
  readonly #interrupt: InterruptLine
  readonly #drained: (() => void) | undefined
  readonly #queue: InputQueue
  readonly #queueLimit: number
  #refused = false

  readonly #fifo = new Uint8Array(FIFO_SIZE)
  #head = 0
  #count = 0
  #fifoEnabled = false
  #trigger = 1
  #divisor = 12
  #interruptEnable = 0
  #lineControl = 0
  #modemControl = 0
  #modemLines: number = CONNECTED
  #modemChanges = 0
  #scratch = 0
  #overrun = false
  #transmitEmptyPending = false

  constructor({ output, interrupt = () => {}, queueLimit = 65_536, drained }: Uart16550Options) {
    this.#output = output
    this.#interrupt = onChange(interrupt)
    this.#queueLimit = queueLimit
    this.#queue = new InputQueue(queueLimit)
    this.#drained = drained
  }

  /**
   * Reads what has arrived through the device's own registers, as a driver that polls would: for a firmware's console.
   *
   * @returns at most `limit` bytes; empty when none are waiting.
   */
  takeReceived(limit: number): Uint8Array {
    const bytes: number[] = []
    while (bytes.length < limit && (this.read(LINE_STATUS, 1) & LSR.dataReady) !== 0)
      bytes.push(this.read(0, 1))
    return Uint8Array.from(bytes)
  }

  /**
   * Input from the host: what the guest has not read yet waits, in order.
   *
   * @returns how many of the bytes, from the first, were taken; offer the others again after `drained`.
   */
  receive(bytes: Uint8Array): number {
    const taken = this.#queue.push(bytes)
    this.#feed()
    const more = taken < bytes.length ? this.#queue.push(bytes.subarray(taken)) : 0
    this.#refused ||= taken + more < bytes.length
    this.#update()
    return taken + more
  }

  /** Bytes of the host that the guest has not read. */
  get waiting(): number {
    return this.#queue.length + this.#count
  }

  read(offset: number, _width: AccessWidth): number {
    if (offset >= REGISTERS) return 0
    const latch = (this.#lineControl & LCR_DIVISOR_LATCH) !== 0
    switch (offset) {
      case 0:
        return latch ? this.#divisor & 0xff : this.#readByte()
      case 1:
        return latch ? this.#divisor >>> 8 : this.#interruptEnable
      case 2:
        return this.#readCause()
      case 3:
        return this.#lineControl
      case 4:
        return this.#modemControl
      case 5:
        return this.#readLineStatus()
      case 6:
        return this.#readModemStatus()
      default:
        return this.#scratch
    }
  }

  write(offset: number, _width: AccessWidth, value: number): void {
    if (offset >= REGISTERS) return
    const byte = value & 0xff
    const latch = (this.#lineControl & LCR_DIVISOR_LATCH) !== 0
    if (offset === 0) {
      if (latch) this.#divisor = (this.#divisor & 0xff00) | byte
      else this.#transmit(byte)
    } else if (offset === 1) {
      if (latch) this.#divisor = (this.#divisor & 0xff) | (byte << 8)
      else this.#enableInterrupts(byte & 0xf)
    } else if (offset === 2) this.#controlFifo(byte)
    else if (offset === 3) this.#lineControl = byte
    else if (offset === 4) this.#controlModem(byte & MCR.mask)
    else if (offset === 7) this.#scratch = byte
    this.#update()
  }

  /** Also forgets input that the guest has not read. */
  reset(): void {
    this.#queue.clear()
    this.#clearFifo()
    this.#fifoEnabled = false
    this.#trigger = 1
    this.#divisor = 12
    this.#interruptEnable = 0
    this.#lineControl = 0
    this.#modemControl = 0
    this.#modemLines = CONNECTED
    this.#modemChanges = 0
    this.#scratch = 0
    this.#overrun = false
    this.#transmitEmptyPending = false
    this.#update()
    this.#announceRoom()
  }

  get #loopback(): boolean {
    return (this.#modemControl & MCR.loopback) !== 0
  }

  get #capacity(): number {
    return this.#fifoEnabled ? FIFO_SIZE : 1
  }

  #cause(): number {
    const enabled = this.#interruptEnable
    if (enabled & IER.lineStatus && this.#overrun) return IIR.lineStatus
    if (enabled & IER.received && this.#count > 0)
      return !this.#fifoEnabled || this.#count >= this.#trigger ? IIR.received : IIR.timeout
    if (enabled & IER.transmitEmpty && this.#transmitEmptyPending) return IIR.transmitEmpty
    if (enabled & IER.modemStatus && this.#modemChanges !== 0) return IIR.modemStatus
    return IIR.none
  }

  #update(): void {
    this.#interrupt(this.#cause() !== IIR.none)
  }

  #readByte(): number {
    if (this.#count === 0) return 0
    const byte = this.#fifo[this.#head]
    this.#head = (this.#head + 1) % FIFO_SIZE
    this.#count--
    this.#feed()
    this.#update()
    this.#announceRoom()
    return byte
  }

  #readCause(): number {
    const cause = this.#cause()
    if (cause === IIR.transmitEmpty) {
      this.#transmitEmptyPending = false
      this.#update()
    }
    return cause | (this.#fifoEnabled ? IIR_FIFOS : 0)
  }

  #readLineStatus(): number {
    const status =
      LSR.transmitterEmpty | (this.#overrun ? LSR.overrun : 0) | (this.#count > 0 ? LSR.dataReady : 0)
    if (this.#overrun) {
      this.#overrun = false
      this.#update()
    }
    return status
  }

  #readModemStatus(): number {
    const status = this.#modemLines | this.#modemChanges
    if (this.#modemChanges !== 0) {
      this.#modemChanges = 0
      this.#update()
    }
    return status
  }

  #transmit(byte: number): void {
    if (this.#loopback) this.#loop(byte)
    else this.#output(byte)
    this.#transmitEmptyPending = true
  }

  /** A byte that the guest sent to itself. When there is no room, a FIFO keeps what it has; the lone register does not. */
  #loop(byte: number): void {
    if (this.#count < this.#capacity) this.#enqueue(byte)
    else {
      this.#overrun = true
      if (!this.#fifoEnabled) this.#fifo[this.#head] = byte
    }
  }

  #enqueue(byte: number): void {
    this.#fifo[(this.#head + this.#count) % FIFO_SIZE] = byte
    this.#count++
  }

  /** Lets bytes of the host in, as far as there is room. In loopback the line is cut off, and they wait. */
  #feed(): void {
    if (this.#loopback) return
    while (this.#count < this.#capacity && this.#queue.length > 0) this.#enqueue(this.#queue.shift())
  }

  #announceRoom(): void {
    if (!this.#refused || this.#queue.length > this.#queueLimit / 2) return
    this.#refused = false
    this.#drained?.()
  }

  #clearFifo(): void {
    this.#head = 0
    this.#count = 0
  }

  #enableInterrupts(next: number): void {
    if (next & ~this.#interruptEnable & IER.transmitEmpty) this.#transmitEmptyPending = true
    this.#interruptEnable = next
  }

  #controlFifo(byte: number): void {
    const enable = (byte & FCR.enable) !== 0
    if (enable !== this.#fifoEnabled) {
      this.#fifoEnabled = enable
      this.#trigger = 1
      this.#clearFifo()
    }
    // The other bits are only taken together with the enable bit.
    if (enable) {
      this.#trigger = TRIGGER_LEVELS[byte >>> 6]
      if (byte & FCR.clearReceive) this.#clearFifo()
    }
    this.#feed()
  }

  #controlModem(next: number): void {
    this.#modemControl = next
    const lines = this.#loopback
      ? (next & MCR.rts ? MSR.cts : 0) |
        (next & MCR.dtr ? MSR.dsr : 0) |
        (next & MCR.out1 ? MSR.ri : 0) |
        (next & MCR.out2 ? MSR.dcd : 0)
      : CONNECTED
    const changed = lines ^ this.#modemLines
    // The ring indicator's change bit marks only its trailing edge.
    this.#modemChanges |= (changed & ~(lines & MSR.ri)) >>> 4
    this.#modemLines = lines
    this.#feed()
  }
}

/** Makes a {@link Uart16550}. */
export const uart16550 = (options: Uart16550Options): Uart16550 => new Uart16550(options)
