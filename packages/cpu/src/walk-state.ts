import {
  type ContextSet,
  contextHash,
  type PagingScheme,
  TLB_CONTEXT_SHIFT,
  TLB_ENTRY_SIZE,
} from '@worldswitch/mmu'
import type { HartState } from './hart-state.ts'
import type { MachineMemory } from './machine-memory.ts'
import type { Pmp } from './pmp.ts'
import { FENCED_MOST, FENCED_SIZE, FencedKind, State, Tables } from './state-layout.ts'

/*
 * What generated code is told so that it can walk page tables by itself, and execute fences: see `walk-code.ts` and
 * `fence-code.ts`.
 */

/** Tells page tables. @param tables - which ones, see {@link Tables}. @param root - page number of the root table. */
export function tellTables(state: HartState, tables: number, scheme: PagingScheme, root: number): void {
  state.words[(tables + Tables.levels) >> 2] = scheme.levels
  const at = (tables + Tables.root) >> 2
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

/** Tells that there is no context that a fence of an address may have to look at. */
export function tellNoContexts(state: HartState): void {
  state.words[State.fencedCount >> 2] = 0
}

/** Tells one more of them: what `ContextTableEvents.added` says of it. If there are too many, TypeScript has to be asked. */
export function tellContext(
  state: HartState,
  indexMask: number,
  id: number,
  asid: number,
  sum: boolean,
  vmid: number,
): void {
  const { words } = state
  const count = words[State.fencedCount >> 2]
  if (count === -1 || count === FENCED_MOST) {
    words[State.fencedCount >> 2] = -1
    return
  }
  words[State.fencedCount >> 2] = count + 1
  const at = (State.fenced + count * FENCED_SIZE) >> 2
  words[at] = id << TLB_CONTEXT_SHIFT
  words[at + 1] = asid
  words[at + 2] = contextHash(id, indexMask) * TLB_ENTRY_SIZE
  const kind = asid === -1 ? FencedKind.shared : sum ? FencedKind.supervisor : FencedKind.both
  words[at + 3] = kind | (vmid << 16)
}

/** Tells that some of them are none any more. */
export function forgetContexts({ words }: HartState, contexts: ContextSet): void {
  if (words[State.fencedCount >> 2] === -1) return
  const end = (State.fenced + words[State.fencedCount >> 2] * FENCED_SIZE) >> 2
  let to = State.fenced >> 2
  for (let from = to; from < end; from += FENCED_SIZE / 4) {
    if (contexts.has(words[from] >>> TLB_CONTEXT_SHIFT)) continue
    words.copyWithin(to, from, from + FENCED_SIZE / 4)
    to += FENCED_SIZE / 4
  }
  words[State.fencedCount >> 2] = ((to << 2) - State.fenced) / FENCED_SIZE
}
