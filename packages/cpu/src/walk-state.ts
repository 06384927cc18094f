import type { PagingScheme } from '@worldswitch/mmu'
import type { HartState } from './hart-state.ts'
import type { MachineMemory } from './machine-memory.ts'
import type { Pmp } from './pmp.ts'
import { State } from './state-layout.ts'

/*
 * What generated code is told so that it can walk page tables outside of guests by itself: see `walk-code.ts`.
 */

/** Tells the page tables of `satp`. @param root - page number of the root table. */
export function tellTables(state: HartState, scheme: PagingScheme, root: number): void {
  state.words[State.walkLevels >> 2] = scheme.levels
  const at = State.walkRoot >> 2
  state.words[at] = root << 12
  state.words[at + 1] = root / 0x10_0000
}

/** Tells in what part of RAM PMP forbids nothing, and where records of code are found. */
export function tellMemory(state: HartState, memory: MachineMemory, pmp: Pmp): void {
  const { ramBase, ramBytes, ramOffset } = memory
  const [from, to] = pmp.openRange(ramBase, ramBase + ramBytes)
  state.set64(State.openFrom, BigInt(from))
  state.set64(State.openBytes, BigInt(to - from))
  state.words[State.openLinear >> 2] = from - ramBase + ramOffset
  state.words[State.recordsOfPage >> 2] = memory.code.tableBase
}
