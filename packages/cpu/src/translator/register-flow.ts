import { type ControlFlow, isCall } from './control-flow.ts'
import type { RegionInstruction, Registers } from './instruction-facts.ts'

/** No register. */
export const none: Registers = { x: 0, f: 0 }

export const union = (a: Registers, b: Registers): Registers => ({ x: a.x | b.x, f: a.f | b.f })
export const without = (a: Registers, b: Registers): Registers => ({ x: a.x & ~b.x, f: a.f & ~b.f })
export const isSame = (a: Registers, b: Registers): boolean => a.x === b.x && a.f === b.f
export const includes = (a: Registers, b: Registers): boolean => isSame(without(b, a), none)

/** What is known of the registers, which live in locals of the region's function, at the start of a node. */
export interface NodeRegisters {
  /** May differ from what the state block holds. */
  readonly dirty: Registers
  /** Their locals must hold their values: they are read, or stored to the state block, before they are written. */
  readonly live: Registers
}

/** Whether an instruction leaves its registers in the state block before anything follows in the region. */
const leavesAtEnd = (successors: readonly number[]): boolean =>
  successors.length === 0 || successors.includes(-1)

/** Data flow of registers through a region: forwards which are dirty, backwards which are live. */
export function registerFlow({ nodes }: ControlFlow): readonly NodeRegisters[] {
  const writes = nodes.map(({ block }) =>
    block.instructions.reduce((sum: Registers, { writes }) => union(sum, writes), none),
  )
  const dirty: Registers[] = nodes.map(() => none)
  for (let changed = true; changed; ) {
    changed = false
    for (const [number, { block, successors }] of nodes.entries()) {
      const after = isCall(block) ? none : union(dirty[number], writes[number])
      for (const to of successors) {
        if (to === -1 || includes(dirty[to], after)) continue
        dirty[to] = union(dirty[to], after)
        changed = true
      }
    }
  }
  const live: Registers[] = nodes.map(() => none)
  for (let changed = true; changed; ) {
    changed = false
    for (let number = nodes.length - 1; number >= 0; number--) {
      const { block, successors, isHeader } = nodes[number]
      const call = isCall(block)
      let now = call || leavesAtEnd(successors) ? union(dirty[number], writes[number]) : none
      if (!call) for (const to of successors) if (to !== -1) now = union(now, live[to])
      const before = dirtyBefore(block.instructions, dirty[number])
      for (let i = block.instructions.length - 1; i >= 0; i--) {
        const instruction = block.instructions[i]
        now = union(without(now, instruction.writes), instruction.reads)
        if (instruction.mayLeave) now = union(now, before[i])
      }
      if (isHeader) now = union(now, dirty[number])
      if (isSame(now, live[number])) continue
      live[number] = now
      changed = true
    }
  }
  return nodes.map((_, number) => ({ dirty: dirty[number], live: live[number] }))
}

/** What is dirty before each instruction of a block; and, as last element, after all. */
export function dirtyBefore(instructions: readonly RegionInstruction[], atStart: Registers): Registers[] {
  const sets = [atStart]
  for (const { writes } of instructions) sets.push(union(sets[sets.length - 1], writes))
  return sets
}

/** Every set of registers that may be dirty where the region is left, each once. */
export function leavingSets(
  { nodes }: ControlFlow,
  registers: readonly NodeRegisters[],
): readonly Registers[] {
  const sets = new Map<string, Registers>()
  const add = (set: Registers) => sets.set(`${set.x} ${set.f}`, set)
  add(none)
  for (const [number, { block, successors, isHeader }] of nodes.entries()) {
    const { dirty } = registers[number]
    if (isHeader) add(dirty)
    const before = dirtyBefore(block.instructions, dirty)
    for (const [i, { mayLeave }] of block.instructions.entries()) if (mayLeave) add(before[i])
    if (!isCall(block) && leavesAtEnd(successors)) add(before[before.length - 1])
  }
  return [...sets.values()]
}

const count = (set: Registers): number => {
  let bits = 0
  for (const word of [set.x, set.f]) for (let rest = word; rest !== 0; rest &= rest - 1) bits++
  return bits
}

/**
 * Orders sets so that as many as possible are followed by a subset of theirs: code that stores a set can then store the
 * difference and go on into the code of the next.
 */
export function chained(sets: readonly Registers[]): readonly Registers[] {
  const rest = [...sets].sort((a, b) => count(b) - count(a))
  const chain: Registers[] = []
  while (rest.length > 0) {
    const last = chain.at(-1)
    const subset = last === undefined ? -1 : rest.findIndex((set) => includes(last, set))
    chain.push(...rest.splice(Math.max(subset, 0), 1))
  }
  return chain
}
