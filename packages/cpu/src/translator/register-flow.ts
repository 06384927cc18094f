import type { ControlFlow } from './control-flow.ts'
import { MOST_INSTRUCTIONS } from './region.ts'

/** A set of registers, which live in locals of the region's function: x1 to x31 and f0 to f31 as bits. */
export interface Registers {
  readonly x: number
  readonly f: number
}

/** Sets of registers by the number of a node. */
export interface NodeRegisters {
  /** At its start they may differ from what the state block holds. */
  readonly dirtyX: Int32Array
  readonly dirtyF: Int32Array
  /** At its start their locals must hold their values: they are read, or stored to the state block, before they are written. */
  readonly liveX: Int32Array
  readonly liveF: Int32Array
}

/** Whether a node may end by leaving the region. */
const leavesAtEnd = (successors: readonly number[]): boolean =>
  successors.length === 0 || successors.includes(-1)

/** Nodes of a region at most: besides blocks the root and the dispatcher. */
const MOST_NODES = MOST_INSTRUCTIONS + 2
/** Room for the registers of one region: to get it takes V8 longer than to fill it. */
const dirtyX = new Int32Array(MOST_NODES)
const dirtyF = new Int32Array(MOST_NODES)
const liveX = new Int32Array(MOST_NODES)
const liveF = new Int32Array(MOST_NODES)

/**
 * Data flow of registers through a region: forwards which are dirty, backwards which are live. What is returned holds until
 * the next call.
 */
export function registerFlow({ nodes }: ControlFlow): NodeRegisters {
  const count = nodes.length
  for (const sets of [dirtyX, dirtyF, liveX, liveF]) sets.fill(0, 0, count)
  for (let changed = true; changed; ) {
    changed = false
    for (let number = 0; number < count; number++) {
      const { block, successors, resumptions } = nodes[number]
      for (let i = 0; i < resumptions.length; i++) {
        const { to } = resumptions[i]
        if (((dirtyX[number] & ~dirtyX[to]) | (dirtyF[number] & ~dirtyF[to])) === 0) continue
        dirtyX[to] |= dirtyX[number]
        dirtyF[to] |= dirtyF[number]
        changed ||= to <= number
      }
      if (block.isCall) continue
      const x = dirtyX[number] | block.registers.writesX
      const f = dirtyF[number] | block.registers.writesF
      for (let i = 0; i < successors.length; i++) {
        const to = successors[i]
        if (to === -1 || ((x & ~dirtyX[to]) | (f & ~dirtyF[to])) === 0) continue
        dirtyX[to] |= x
        dirtyF[to] |= f
        // What is ahead is still to come in this round.
        changed ||= to <= number
      }
    }
  }
  for (let changed = true; changed; ) {
    changed = false
    for (let number = count - 1; number >= 0; number--) {
      const { block, successors, resumptions, isHeader } = nodes[number]
      const { readsX, readsF, writesX, writesF, earlyX, earlyF } = block.registers
      let x = 0
      let f = 0
      if (block.isCall || leavesAtEnd(successors)) {
        x = dirtyX[number]
        f = dirtyF[number]
      }
      if (!block.isCall) {
        for (let i = 0; i < successors.length; i++) {
          const to = successors[i]
          if (to === -1) continue
          x |= liveX[to]
          f |= liveF[to]
        }
      }
      x = (x & ~writesX) | readsX | (dirtyX[number] & ~earlyX)
      f = (f & ~writesF) | readsF | (dirtyF[number] & ~earlyF)
      // The root loads what its resumptions need only when it takes one.
      if (number > 0) {
        for (let i = 0; i < resumptions.length; i++) {
          const { to } = resumptions[i]
          x |= liveX[to]
          f |= liveF[to]
        }
      }
      if (isHeader) {
        x |= dirtyX[number]
        f |= dirtyF[number]
      }
      if (x === liveX[number] && f === liveF[number]) continue
      liveX[number] = x
      liveF[number] = f
      // Only what leads back here was looked at before.
      changed ||= isHeader
    }
  }
  return { dirtyX, dirtyF, liveX, liveF }
}

/** The key of a set in a map. Most sets have no floating-point register; two words do not fit into one number. */
export const keyOf = (x: number, f: number): number | string => (f === 0 ? x : `${x} ${f}`)

/** Every set of registers that may be dirty where the region is left, each once. */
export function leavingSets({ nodes }: ControlFlow, { dirtyX, dirtyF }: NodeRegisters): readonly Registers[] {
  const sets = new Map<number | string, Registers>()
  const add = (x: number, f: number) => {
    const key = keyOf(x, f)
    if (!sets.has(key)) sets.set(key, { x, f })
  }
  add(0, 0)
  for (let number = 0; number < nodes.length; number++) {
    const { block, successors, isHeader } = nodes[number]
    let x = dirtyX[number]
    let f = dirtyF[number]
    if (isHeader) add(x, f)
    const { instructions } = block
    for (let i = 0; i < instructions.length; i++) {
      const { mayLeave, writesX, writesF } = instructions[i]
      if (mayLeave) add(x, f)
      x |= writesX
      f |= writesF
    }
    if (!block.isCall && leavesAtEnd(successors)) add(x, f)
  }
  return [...sets.values()]
}

/** Whether a set has all of another. */
export const includes = (a: Registers, b: Registers): boolean => ((b.x & ~a.x) | (b.f & ~a.f)) === 0

/** How many registers a set has. */
function size({ x, f }: Registers): number {
  let bits = 0
  for (let rest = x; rest !== 0; rest &= rest - 1) bits++
  for (let rest = f; rest !== 0; rest &= rest - 1) bits++
  return bits
}

/**
 * Orders sets so that many are followed by a subset of theirs: code that stores a set can then store the difference and
 * go on into the code of the next.
 */
export function chained(sets: readonly Registers[]): readonly Registers[] {
  const rest = [...sets].sort((a, b) => size(b) - size(a))
  const chain: Registers[] = []
  while (rest.length > 0) {
    const last = chain.at(-1)
    const subset = last === undefined ? -1 : rest.findIndex((set) => includes(last, set))
    chain.push(...rest.splice(Math.max(subset, 0), 1))
  }
  return chain
}
