import type { Batch } from './image.ts'
import { LOG_WORDS, Word } from './layout.ts'
import { dumpedCsrs } from './supervisor.ts'

/** One trap, as a handler saw it. */
export interface LogEntry {
  /** 3 M-mode, 1 S- or HS-mode, 2 VS-mode. */
  readonly level: number
  readonly fields: Readonly<Record<string, bigint>>
}

/** What a program left behind. */
export interface Outcome {
  readonly index: number
  readonly state: Readonly<Record<string, bigint>>
  readonly log: readonly LogEntry[]
}

const names: Readonly<Record<number, readonly string[]>> = {
  1: ['scause', 'sepc', 'stval', 'sstatus', 'htval', 'htinst', 'hstatus'],
  2: ['scause', 'sepc', 'stval', 'sstatus', '', '', ''],
  3: ['mcause', 'mepc', 'mtval', 'mstatus', 'mtval2', 'mtinst', 'hstatus'],
}

/** Takes the records apart; what is cut off is left out. */
export function outcomes(batch: Batch, output: Uint8Array): Outcome[] {
  const view = new DataView(output.buffer, output.byteOffset, output.length)
  const csrs = dumpedCsrs(batch.machine.hypervisor)
  const found: Outcome[] = []
  for (let at = 0; at + 8 * Word.log <= output.length; ) {
    const word = (index: number) => view.getBigUint64(at + 8 * index, true)
    const count = Number(word(Word.count) & 63n)
    const end = at + 8 * (Word.log + count * LOG_WORDS)
    if (end > output.length) break
    const state: Record<string, bigint> = {}
    for (let i = 1; i < 32; i++) state[`x${i}`] = word(Word.x + i - 1)
    for (let i = 0; i < 32; i++) state[`f${i}`] = word(Word.f + i)
    state.fcsr = word(Word.fcsr)
    csrs.forEach((name, i) => {
      state[name] = word(Word.csrs + i)
    })
    state.data = word(Word.data)
    state.tables = word(Word.tables)
    const log = Array.from({ length: count }, (_, i): LogEntry => {
      const base = Word.log + i * LOG_WORDS
      const level = Number(word(base))
      const fields: Record<string, bigint> = {}
      names[level]?.forEach((name, n) => {
        if (name !== '') fields[name] = word(base + 1 + n)
      })
      return { level, fields }
    })
    found.push({ index: batch.indexOf(Number(word(Word.index))), state, log })
    at = end
  }
  return found
}
