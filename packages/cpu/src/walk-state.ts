import {
  type ContextTable,
  contextHash,
  type PagingScheme,
  TLB_CONTEXT_SHIFT,
  TLB_ENTRY_SIZE,
} from '@worldswitch/mmu'
import type { HartState } from './hart-state.ts'
import type { MachineMemory } from './machine-memory.ts'
import type { Pmp } from './pmp.ts'
import { FENCED_MOST, FENCED_SIZE, FencedKind, State } from './state-layout.ts'

/*
 * What generated code is told so that it can walk page tables outside of guests by itself, and execute fences: see `walk-code.ts`
 * and `fence-code.ts`.
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

/** Tells which contexts a fence of an address may have to look at, if they are not too many. */
export function tellContexts(state: HartState, contexts: ContextTable, indexMask: number): void {
  const { words } = state
  let count = 0
  contexts.eachFirstStage((id, asid, sum) => {
    if (count++ >= FENCED_MOST) return
    const at = (State.fenced + (count - 1) * FENCED_SIZE) >> 2
    words[at] = id << TLB_CONTEXT_SHIFT
    words[at + 1] = asid
    words[at + 2] = contextHash(id, indexMask) * TLB_ENTRY_SIZE
    words[at + 3] = asid === -1 ? FencedKind.shared : sum ? FencedKind.supervisor : FencedKind.both
  })
  words[State.fencedCount >> 2] = count > FENCED_MOST ? -1 : count
}
