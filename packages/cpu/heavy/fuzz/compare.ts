import { decode, disassemble } from '@worldswitch/isa'
import type { MachineMemory } from '../../src/index.ts'
import { deviations } from './deviations.ts'
import type { Batch } from './image.ts'
import { CODE, CODE_SIZE, MOST_TRAPS } from './layout.ts'
import type { HartRun } from './on-hart.ts'
import type { LogEntry, Outcome } from './record.ts'
import { dumpedCsrs } from './supervisor.ts'
import { type Finding, tolerated } from './tolerances.ts'

/** Something in which two runs of a program differ. */
export interface Difference {
  readonly program: number
  /** The traps that differ; undefined when only the final state does, or one side has fewer. */
  readonly ours: LogEntry | undefined
  readonly theirs: LogEntry | undefined
  /** The instruction that our trap names, and the peer's; undefined outside the code page. */
  readonly instructions: readonly (string | undefined)[]
  /** The instructions at which our side trapped so far, and the causes. */
  readonly trapped: readonly (readonly [instruction: string, cause: number])[]
  /** Names of the fields or registers that differ. */
  readonly fields: readonly string[]
  /** Their values, ours and the peer's. */
  readonly values: readonly (readonly [bigint | undefined, bigint | undefined])[]
  readonly text: string
}

/** What came of a batch. */
export interface Comparison {
  readonly compared: number
  /** The first difference of each program that no deviation explains. */
  readonly differences: readonly Difference[]
  /** Programs that are compared up to a known deviation of the peer only, by its name. */
  readonly excused: ReadonlyMap<string, readonly Difference[]>
  /** Traps that a deviation explains and behind which both sides went on alike, by its name. */
  readonly passed: ReadonlyMap<string, readonly Difference[]>
}

const hex = (value: bigint | undefined): string => (value === undefined ? '-' : `0x${value.toString(16)}`)
const differ = (
  name: string,
  ours: bigint | undefined,
  theirs: bigint | undefined,
  finding: Finding,
): boolean => ours !== theirs && !tolerated(name, ours, theirs, finding)
const epc = (entry: LogEntry | undefined): bigint | undefined => entry?.fields.mepc ?? entry?.fields.sepc

/** Compares what the programs left behind, program by program. */
export function compare(batch: Batch, ours: HartRun, theirs: readonly Outcome[]): Comparison {
  const differences: Difference[] = []
  const excused = new Map<string, Difference[]>()
  const passed = new Map<string, Difference[]>()
  const note = (where: Map<string, Difference[]>, name: string, difference: Difference) =>
    where.set(name, [...(where.get(name) ?? []), difference])
  let compared = 0
  const peers = new Map(theirs.map((outcome) => [outcome.index, outcome]))
  for (const outcome of ours.found) {
    const peer = peers.get(outcome.index)
    if (peer === undefined) continue
    compared++
    for (const difference of differencesOf(batch, ours.memory, outcome, peer)) {
      const known = deviations.find((each) => each.explains(difference))
      if (known === undefined) differences.push(difference)
      else if (known.harmless && goesOn(difference)) {
        note(passed, known.name, difference)
        continue
      } else note(excused, known.name, difference)
      break
    }
  }
  return { compared, differences, excused, passed }
}

/** What a handler logs, and neither it nor a program looks at: where both sides differ in these they go on alike. */
const ONLY_LOGGED = /^[ms](cause|tval)$|^(htval|mtval2|htinst|mtinst)$/
const goesOn = ({ ours, theirs, fields }: Difference): boolean =>
  ours !== undefined && theirs !== undefined && fields.every((name) => ONLY_LOGGED.test(name))

/** All differences of a program, in order. What one says is only true if both sides went on alike behind the one before. */
function* differencesOf(
  batch: Batch,
  memory: MachineMemory,
  ours: Outcome,
  theirs: Outcome,
): Generator<Difference> {
  const { index: program } = ours
  const { hypervisor } = batch.machine
  const say = (what: string) => {
    const { seed, mode } = batch.programs[program]!
    const { seed: first } = batch.programs[0]!
    const again = `FUZZ_SEED=${first} FUZZ_PROGRAMS=${batch.programs.length} FUZZ_SHOW=${seed}`
    return `seed ${seed} (entered in ${mode}-mode, ${batch.machine.name}; ${again}): ${what}`
  }
  /** CSRs that hold what a trap that differed left in them. */
  const left = new Set<string>()
  const trapped: [string, number][] = []
  for (let i = 0; i < Math.max(ours.log.length, theirs.log.length); i++) {
    const [a, b] = [ours.log[i], theirs.log[i]]
    const instructions = [a, b].map((entry) => instructionAt(batch, memory, program, epc(entry)))
    trapped.push([instructions[0] ?? '', Number((a?.fields.mcause ?? a?.fields.scause ?? 0n) & 0xffn)])
    const fields =
      a?.level === b?.level
        ? Object.keys(a?.fields ?? {}).filter((name) =>
            differ(name, a?.fields[name], b?.fields[name], { trap: a, peer: b, hypervisor }),
          )
        : ['level']
    for (const name of Object.keys(a?.fields ?? {})) {
      const csr = a!.level === 2 ? `v${name}` : name
      if (fields.includes(name)) left.add(csr)
      else left.delete(csr)
    }
    if (fields.length === 0) continue
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
    yield { program, ours: a, theirs: b, instructions, trapped, fields, values, text }
  }
  // With a full log the last trap is in the CSRs only, where a deviation of the peer cannot be told.
  const full = ours.log.length >= MOST_TRAPS
  const fields = Object.keys(ours.state).filter(
    (name) =>
      !(full && dumpedCsrs(true).includes(name)) &&
      !left.has(name) &&
      differ(name, ours.state[name], theirs.state[name], { trap: undefined, peer: undefined, hypervisor }),
  )
  if (fields.length === 0) return
  const texts = fields.map((name) => `${name} hart ${hex(ours.state[name])} QEMU ${hex(theirs.state[name])}`)
  yield {
    program,
    ours: undefined,
    theirs: undefined,
    instructions: [],
    trapped,
    fields,
    values: fields.map((name) => [ours.state[name], theirs.state[name]] as const),
    text: say(`at the end: ${texts.join('; ')}`),
  }
}

/** The instruction of the program at an address, in either mapping of its code, which it may have changed. */
export function instructionAt(
  batch: Batch,
  memory: MachineMemory,
  program: number,
  address: bigint | undefined,
): string | undefined {
  const code = batch.blockOf(program) + CODE
  if (address === undefined || Number(address & 0xffff_f000n) !== code) return undefined
  const at = Number(address & 0xffff_ffffn)
  if (at > code + CODE_SIZE - 4) return undefined
  const first = memory.load16(at)
  const word = (first & 3) === 3 ? memory.load32(at) : first
  return decode(word) === undefined ? `.word 0x${word.toString(16)}` : disassemble(word)
}
