import { instructionAt } from './compare.ts'
import type { Batch } from './image.ts'
import { CODE, NESTED_TABLES, SLOT, SLOTS, TABLES } from './layout.ts'
import type { HartRun } from './on-hart.ts'
import type { LogEntry, Outcome } from './record.ts'

const hex = (value: bigint | number | undefined): string =>
  value === undefined ? '-' : `0x${value.toString(16)}`

/**
 * All of one program, to find out why it differs: what its prologue sets, its page-table entries as they were, its code as it was left,
 * the traps of both sides and what they ended with.
 */
export function show(batch: Batch, index: number, ours: HartRun, theirs: readonly Outcome[]): string {
  const { prologue, bytes, seed, mode } = batch.programs[index]!
  const [a, b] = [ours.found, theirs].map((all) => all.find((each) => each.index === index))
  const block = batch.blockOf(index)
  const lines = [`program ${index} (seed ${seed}, entered in ${mode}-mode, ${batch.machine.name})`]
  if (batch.leftOut.has(index)) lines.push('left out: it never ends, reaches a device, or changes its code')

  const csrs = [...prologue.matchAll(/li t0, (\w+)\s+csrw (\w+), t0/g)]
  lines.push(...csrs.map(([, value, name]) => `  ${name} ${value}`))
  const view = new DataView(bytes.buffer)
  for (let at = TABLES; at < bytes.length; at += 8) {
    const entry = view.getBigUint64(at, true)
    const stage = at < NESTED_TABLES ? 'first' : 'second'
    if (entry !== 0n) lines.push(`  entry of the ${stage} stage at ${hex(block + at)}: ${hex(entry)}`)
  }
  for (let slot = 0; slot < SLOTS; slot++) {
    const at = block + CODE + slot * SLOT
    lines.push(`  ${hex(at)} ${instructionAt(batch, ours.memory, index, BigInt(at))}`)
  }

  const trap = (side: string, entry: LogEntry | undefined) =>
    entry === undefined
      ? `  ${side} -`
      : `  ${side} to level ${entry.level}: ${Object.entries(entry.fields)
          .map(([name, value]) => `${name} ${hex(value)}`)
          .join(', ')}`
  for (let i = 0; i < Math.max(a?.log.length ?? 0, b?.log.length ?? 0); i++) {
    lines.push(`trap ${i}`, trap('hart', a?.log[i]), trap('QEMU', b?.log[i]))
  }
  for (const name of Object.keys(a?.state ?? {})) {
    const [is, other] = [a?.state[name], b?.state[name]]
    lines.push(`  ${name} ${hex(is)}${is === other ? '' : `, QEMU ${hex(other)}`}`)
  }
  return lines.join('\n')
}
