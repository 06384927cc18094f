import type { VcpuSnapshot } from '../vcpu-state.ts'
import type { InterruptSource } from './interrupt-program.ts'
import type { Stepper } from './stepper.ts'

/** Where two runs of one program part. */
export interface Divergence {
  /** Instructions that had retired. */
  readonly retired: number
  /** Address of the instruction before which all was equal. */
  readonly pc: bigint
  /** What differs: `name: expected, actual`, one line each. */
  readonly differences: readonly string[]
}

/** Options of {@link lockstep}. */
export interface LockstepOptions {
  /** Instructions at most. */
  readonly limit: number
  /** Compare after every so many instructions. Default 1. */
  readonly every?: number
  /** Memory to compare at the end: base and length in bytes. */
  readonly memory?: readonly [base: number, bytes: number]
  /** An interrupt from outside for both, after so many instructions. */
  readonly interrupt?: { readonly after: number; readonly source: InterruptSource }
}

/** How far a comparison came. */
export interface LockstepResult {
  /** Instructions that both executed. */
  readonly retired: number
  readonly divergence?: Divergence
}

const text = (value: unknown): string =>
  typeof value === 'bigint' ? `0x${value.toString(16)}` : String(value)

/** Compared in words, because a `bigint` for every register of every step takes longer than the program. */
function sameBits(a: BigUint64Array, b: BigUint64Array): boolean {
  const left = new Int32Array(a.buffer, a.byteOffset, 64)
  const right = new Int32Array(b.buffer, b.byteOffset, 64)
  for (let i = 0; i < 64; i++) if (left[i] !== right[i]) return false
  return true
}

/** @returns a line for every field in which two states differ. */
export function stateDifferences(expected: VcpuSnapshot, actual: VcpuSnapshot): string[] {
  const lines: string[] = []
  for (const [name, value] of Object.entries(expected)) {
    if (name === 'x' || name === 'f') {
      if (sameBits(expected[name], actual[name])) continue
      expected[name].forEach((register, index) => {
        const other = actual[name][index]
        if (register !== other) lines.push(`${name}${index}: ${text(register)}, ${text(other)}`)
      })
    } else if (value !== actual[name as keyof VcpuSnapshot]) {
      lines.push(`${name}: ${text(value)}, ${text(actual[name as keyof VcpuSnapshot])}`)
    }
  }
  return lines
}

/**
 * Runs two steppers side by side and compares all architectural state as they go, then memory and console.
 *
 * @param reference - usually the bare machine.
 */
export function lockstep(reference: Stepper, subject: Stepper, options: LockstepOptions): LockstepResult {
  const { limit, every = 1, memory, interrupt } = options
  let pc = reference.snapshot().pc
  let retired = 0
  const diverged = (differences: readonly string[]): LockstepResult => ({
    retired,
    divergence: { retired, pc, differences },
  })
  while (retired < limit) {
    if (retired === interrupt?.after) for (const one of [reference, subject]) one.interrupt(interrupt.source)
    const [goesOn, follows] = [reference.step(), subject.step()]
    if (goesOn !== follows) {
      const ended = goesOn ? subject.name : reference.name
      return diverged([`${ended} stopped, the other went on`])
    }
    if (!goesOn) break
    retired++
    if (retired % every === 0) {
      const expected = reference.snapshot()
      const differences = stateDifferences(expected, subject.snapshot())
      if (differences.length > 0) return diverged(differences)
      pc = expected.pc
    }
  }
  // A call that ends the program never returns, so where its pc is left means nothing.
  const differences = stateDifferences({ ...reference.snapshot(), pc: 0n }, { ...subject.snapshot(), pc: 0n })
  if (memory) differences.push(...memoryDifferences(reference, subject, memory))
  if (reference.output !== subject.output) differences.push('the consoles differ')
  return differences.length > 0 ? diverged(differences) : { retired }
}

function memoryDifferences(
  reference: Stepper,
  subject: Stepper,
  [base, bytes]: readonly [number, number],
): string[] {
  const expected = new Uint8Array(bytes)
  const actual = new Uint8Array(bytes)
  if (!reference.read(base, expected) || !subject.read(base, actual))
    return ['memory: the range is not all RAM']
  const at = expected.findIndex((byte, index) => byte !== actual[index])
  return at < 0 ? [] : [`memory at ${text(BigInt(base + at))}: ${text(expected[at])}, ${text(actual[at])}`]
}
