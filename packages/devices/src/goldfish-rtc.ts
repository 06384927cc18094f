import type { AccessWidth, Device, InterruptLine } from './device.ts'
import { onChange } from './interrupt-line.ts'

/** What a real-time clock needs. */
export interface GoldfishRtcOptions {
  /** Nanoseconds since 1970-01-01T00:00Z, less than 2^64; it never goes back. */
  now(): bigint
  /** The interrupt output: an alarm went off and alarms are enabled. */
  interrupt?: InterruptLine
}

const REGISTER = {
  timeLow: 0x00,
  timeHigh: 0x04,
  alarmLow: 0x08,
  alarmHigh: 0x0c,
  irqEnabled: 0x10,
  clearAlarm: 0x14,
  alarmStatus: 0x18,
  clearInterrupt: 0x1c,
} as const

const LOW = 0xffff_ffffn
const withLow = (value: bigint, low: number): bigint => ((value >> 32n) << 32n) | BigInt(low)
const withHigh = (value: bigint, high: number): bigint => (BigInt(high) << 32n) | (value & LOW)

/**
 * Android's "goldfish" real-time clock: nanoseconds since 1970, and one alarm.
 *
 * A load of the low word latches the high word that goes with it. A store to the alarm's low word arms it: at once when
 * that time has passed, else when {@link GoldfishRtc.tick} finds that it has. Stores to the time words change this
 * clock only, by an offset. Registers answer to aligned 4-byte accesses; others read 0 and do nothing.
 *
 * @see Linux, `drivers/rtc/rtc-goldfish.c`; QEMU, `hw/rtc/goldfish_rtc.c`
 */
export class GoldfishRtc implements Device {
  readonly compatible = ['google,goldfish-rtc']
  readonly size = 0x1000
  readonly #now: () => bigint
  readonly #interrupt: InterruptLine
  #offset = 0n
  #latchedHigh = 0
  #alarm = 0n
  #armed = false
  #enabled = false
  #pending = false

  constructor({ now, interrupt = () => {} }: GoldfishRtcOptions) {
    this.#now = now
    this.#interrupt = onChange(interrupt)
  }

  /** What the clock shows, in nanoseconds since 1970. */
  get time(): bigint {
    return BigInt.asUintN(64, this.#now() + this.#offset)
  }

  /** The value of `now()` at which the alarm goes off, or `undefined` when none is armed. */
  nextDeadline(): bigint | undefined {
    return this.#armed ? this.#now() + (this.#alarm - this.time) : undefined
  }

  /** Looks at the clock again: call it when time has passed. */
  tick(): void {
    if (!this.#armed || this.time < this.#alarm) return
    this.#armed = false
    this.#pending = true
    this.#update()
  }

  read(offset: number, width: AccessWidth): number {
    if (width !== 4) return 0
    switch (offset) {
      case REGISTER.timeLow: {
        const time = this.time
        this.#latchedHigh = Number(time >> 32n)
        return Number(time & LOW)
      }
      case REGISTER.timeHigh:
        return this.#latchedHigh
      case REGISTER.alarmLow:
        return Number(this.#alarm & LOW)
      case REGISTER.alarmHigh:
        return Number(this.#alarm >> 32n)
      case REGISTER.irqEnabled:
        return Number(this.#enabled)
      case REGISTER.alarmStatus:
        return Number(this.#armed)
      default:
        return 0
    }
  }

  write(offset: number, width: AccessWidth, value: number): void {
    if (width !== 4) return
    switch (offset) {
      case REGISTER.timeLow:
        this.#setTime(withLow(this.time, value))
        break
      case REGISTER.timeHigh:
        this.#setTime(withHigh(this.time, value))
        break
      case REGISTER.alarmLow:
        this.#alarm = withLow(this.#alarm, value)
        this.#armed = true
        this.tick()
        break
      case REGISTER.alarmHigh:
        this.#alarm = withHigh(this.#alarm, value)
        break
      case REGISTER.irqEnabled:
        this.#enabled = (value & 1) === 1
        this.#update()
        break
      case REGISTER.clearAlarm:
        this.#armed = false
        break
      case REGISTER.clearInterrupt:
        this.#pending = false
        this.#update()
        break
    }
  }

  /** The clock shows the host's time again. */
  reset(): void {
    this.#offset = 0n
    this.#latchedHigh = 0
    this.#alarm = 0n
    this.#armed = false
    this.#enabled = false
    this.#pending = false
    this.#update()
  }

  #setTime(time: bigint): void {
    this.#offset = BigInt.asIntN(64, time - this.#now())
    this.tick()
  }

  #update(): void {
    this.#interrupt(this.#pending && this.#enabled)
  }
}

/** Makes a {@link GoldfishRtc}. */
export const goldfishRtc = (options: GoldfishRtcOptions): GoldfishRtc => new GoldfishRtc(options)
