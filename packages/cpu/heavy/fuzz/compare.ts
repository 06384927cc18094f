import { decode, disassemble } from '@worldswitch/isa'
import { deviations, tolerated } from './deviations.ts'
import type { Batch } from './image.ts'
import { CODE, MOST_TRAPS } from './layout.ts'
import type { LogEntry, Outcome } from './record.ts'
import { dumpedCsrs } from './supervisor.ts'

/** The first thing in which two runs of a program differ. */
export interface Difference {
  readonly program: number
  /** The traps that differ; undefined when only the final state does, or one side has fewer. */
  readonly ours: LogEntry | undefined
  readonly theirs: LogEntry | undefined
  /** The instruction that our trap names, and the peer's; undefined outside the code page. */
  readonly instructions: readonly (string | undefined)[]
  /** Names of the fields or registers that differ. */
  readonly fields: readonly string[]
  /** Their values, ours and the peer's. */
  readonly values: readonly (readonly [bigint | undefined, bigint | undefined])[]
  readonly text: string
}

/** What came of a batch. */
export interface Comparison {
  readonly compared: number
  readonly differences: readonly Difference[]
  /** Programs in which the first difference is a known deviation of the peer, by its name. */
  readonly excused: ReadonlyMap<string, number>
}

const hex = (value: bigint | undefined): string => (value === undefined ? '-' : `0x${value.toString(16)}`)
const differ = (
  name: string,
  ours: bigint | undefined,
  theirs: bigint | undefined,
  cause: bigint | undefined,
): boolean => ours !== theirs && !tolerated(name, ours, theirs, cause)
const epc = (entry: LogEntry | undefined): bigint | undefined => entry?.fields.mepc ?? entry?.fields.sepc

/** Compares what the programs left behind, program by program. */
export function compare(batch: Batch, ours: readonly Outcome[], theirs: readonly Outcome[]): Comparison {
  const differences: Difference[] = []
  const excused = new Map<string, number>()
  let compared = 0
  const peers = new Map(theirs.map((outcome) => [outcome.index, outcome]))
  for (const outcome of ours) {
    const peer = peers.get(outcome.index)
    if (peer === undefined) continue
    compared++
    const difference = firstDifference(batch, outcome, peer)
    if (difference === undefined) continue
    const known = deviations.find((each) => each.explains(difference))
    if (known === undefined) differences.push(difference)
    else excused.set(known.name, (excused.get(known.name) ?? 0) + 1)
  }
  return { compared, differences, excused }
}

function firstDifference(batch: Batch, ours: Outcome, theirs: Outcome): Difference | undefined {
  const { index: program } = ours
  const say = (what: string) => {
    const { seed, mode } = batch.programs[program]!
    return `program ${program} (seed ${seed}, entered in ${mode}-mode, ${batch.machine.name}): ${what}`
  }
  for (let i = 0; i < Math.max(ours.log.length, theirs.log.length); i++) {
    const [a, b] = [ours.log[i], theirs.log[i]]
    const fields =
      a?.level === b?.level
        ? Object.keys(a?.fields ?? {}).filter((name) =>
            differ(name, a?.fields[name], b?.fields[name], a?.fields.mcause ?? a?.fields.scause),
          )
        : ['level']
    if (fields.length === 0) continue
    const instructions = [a, b].map((entry) => instructionAt(batch, program, epc(entry)))
    const side = (entry: LogEntry | undefined, instruction: string | undefined) =>
      entry === undefined
        ? 'no trap'
        : `to level ${entry.level}: ${Object.entries(entry.fields)
            .map(([name, value]) => `${name} ${hex(value)}`)
            .join(', ')} [${instruction ?? 'elsewhere'}]`
    const text = say(
      `trap ${i}: ${fields.join(', ')}\n    hart ${side(a, instructions[0])}\n    QEMU ${side(b, instructions[1])}`,
    )
    const values = fields.map((name) => [a?.fields[name], b?.fields[name]] as const)
    return { program, ours: a, theirs: b, instructions, fields, values, text }
  }
  // With a full log the last trap is in the CSRs only, where a deviation of the peer cannot be told.
  const full = ours.log.length >= MOST_TRAPS
  const fields = Object.keys(ours.state).filter(
    (name) =>
      !(full && dumpedCsrs(true).includes(name)) &&
      differ(name, ours.state[name], theirs.state[name], undefined),
  )
  if (fields.length === 0) return undefined
  const texts = fields.map((name) => `${name} hart ${hex(ours.state[name])} QEMU ${hex(theirs.state[name])}`)
  return {
    program,
    ours: undefined,
    theirs: undefined,
    instructions: [],
    fields,
    values: fields.map((name) => [ours.state[name], theirs.state[name]] as const),
    text: say(`at the end: ${texts.join('; ')}`),
  }
}

/** The instruction of the program at an address, in either mapping of its code. */
function instructionAt(batch: Batch, program: number, address: bigint | undefined): string | undefined {
  if (address === undefined || Number(address & 0xffff_f000n) !== batch.blockOf(program) + CODE)
    return undefined
  const offset = Number(address & 0xfffn)
  if (offset > 4092) return undefined
  const { bytes } = batch.programs[program]!
  const view = new DataView(bytes.buffer, CODE)
  const first = view.getUint16(offset, true)
  const word = (first & 3) === 3 ? view.getUint32(offset, true) : first
  return decode(word) === undefined ? `.word 0x${word.toString(16)}` : disassemble(word)
}
