import type { InterruptLine } from './device.ts'

/**
 * Joins several interrupt outputs into one line, which is asserted while any of them is.
 *
 * @param output - told of changes only.
 * @returns a maker of inputs: call it once per source.
 *
 * @example
 * ```ts
 * const input = orGate(plic.line(10))
 * const uart = uart16550({ output, interrupt: input() })
 * const rtc = goldfishRtc({ now, interrupt: input() })
 * ```
 */
export const orGate = (output: InterruptLine): (() => InterruptLine) => {
  let asserted = 0
  return () => {
    let level = false
    return (next) => {
      if (next === level) return
      level = next
      const before = asserted > 0
      asserted += next ? 1 : -1
      if (asserted > 0 !== before) output(next)
    }
  }
}

/** One line that drives several, in the order given. */
export const fanOut =
  (...outputs: readonly InterruptLine[]): InterruptLine =>
  (asserted) => {
    for (const output of outputs) output(asserted)
  }

/** A line that is told of changes only, whatever it is driven with; it starts deasserted. */
export const onChange = (output: InterruptLine): InterruptLine => {
  let level = false
  return (asserted) => {
    if (asserted === level) return
    level = asserted
    output(asserted)
  }
}
