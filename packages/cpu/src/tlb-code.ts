import { Access, Regime, secondPlace, TLB_ENTRY_SIZE } from '@worldswitch/mmu'
import type { Code, FunctionIndex, Local, ModuleBuilder } from '@worldswitch/wasm'
import type { CodeFrame } from './code-frame.ts'
import { SHARED_SIZE, State, WATCH_ENTRIES } from './state-layout.ts'

/**
 * Takes an address, and pushes that of the entry at which its page is looked for first.
 *
 * @param base - pushes the array's address with the context's hash, as the state block has it.
 */
export function pushFirstPlace(code: Code, base: () => void, tlbArraySize: number): void {
  code.i64Const(8)
  code.i64ShrU()
  code.i32WrapI64()
  code.i32Const(tlbArraySize - TLB_ENTRY_SIZE)
  code.i32And()
  base()
  code.i32Xor()
}

/** Pushes the first place of the page of an address. @param base - where the state block has the array's address. */
export function pushPlace(
  code: Code,
  hart: Local<'i32'>,
  va: Local<'i64'>,
  base: number,
  tlbArraySize: number,
): void {
  const pushBase = () => {
    code.localGet(hart)
    code.i32Load(base)
  }
  code.localGet(va)
  pushFirstPlace(code, pushBase, tlbArraySize)
}

/** Pushes the tag of the page of an address. @param context - of the context, from `at`. */
export function pushTag(code: Code, at: Local<'i32'>, va: Local<'i64'>, context: number): void {
  code.localGet(va)
  code.i64Const(-4096)
  code.i64And()
  code.localGet(at)
  code.i64Load(context)
  code.i64Or()
}

/** Moves what is at a first place, if anything is, to the second one. @param offset - of the array. */
export function moveAside(code: Code, first: Local<'i32'>, offset: number, tlbArraySize: number): void {
  code.localGet(first)
  code.i64Load(offset)
  code.i64Const(-1)
  code.i64Ne()
  code.if('empty', () => {
    for (let i = 0; i < TLB_ENTRY_SIZE; i += 8) {
      code.localGet(first)
      code.i32Const(secondPlace(tlbArraySize))
      code.i32Xor()
      code.localGet(first)
      code.i64Load(offset + i)
      code.i64Store(offset + i)
    }
  })
}

/** Pushes the address of the entry of the watched-store array for a page. */
export function pushWatchEntry(code: Code, hart: Local<'i32'>, va: Local<'i64'>): void {
  code.localGet(va)
  code.i64Const(8)
  code.i64ShrU()
  code.i32WrapI64()
  code.i32Const((WATCH_ENTRIES - 1) * TLB_ENTRY_SIZE)
  code.i32And()
  code.localGet(hart)
  code.i32Load(State.dataWatch)
  code.i32Add()
}

/** The translations of one kind of access, as the state block leads to them. */
interface Translations {
  /** Offset of the word with the arrays' address. */
  readonly base: number
  /** Offset of the context, 64 bits. */
  readonly context: number
  /** The place of the kind's array behind that address. */
  readonly array: 0 | 1
}

/** Loads, stores and fetches. */
export const TRANSLATIONS = {
  read: { base: State.dataTlb, context: State.dataContext, array: 0 },
  write: { base: State.dataTlb, context: State.dataContext, array: 1 },
  execute: { base: State.fetchTlb, context: State.fetchContext, array: 0 },
} as const satisfies Record<string, Translations>

/** A kind of access, as one of `Access` is called. */
export type TranslationKind = keyof typeof TRANSLATIONS

/**
 * Looks for a page of S- or VS-mode in the context that all address spaces share, and enters its translation in the current one;
 * what is at its first place moves to the second. Pushes the first place, or 0.
 *
 * @param tag - of the page in the current context.
 */
function copyShared(
  code: Code,
  hart: Local<'i32'>,
  va: Local<'i64'>,
  first: Local<'i32'>,
  tag: Local<'i64'>,
  kind: TranslationKind,
  tlbArraySize: number,
): void {
  const offset = TRANSLATIONS[kind].array * tlbArraySize
  // From the read array, by which the shared context is known.
  const shared = Access[kind] * tlbArraySize
  const from = code.local('i32')
  const space = code.local('i32')
  const wanted = code.local('i64')
  const pushMissed = () => {
    code.i64Load(shared)
    code.localGet(wanted)
    code.i64Ne()
  }
  code.block('i32', (done) => {
    code.i32Const(0)
    // S or VS: whose shared mappings are meant.
    code.localGet(hart)
    if (kind === 'execute') {
      code.i32Load(State.privilege)
      code.i32Const(1)
      code.i32Ne()
      code.brIf(done)
      code.localGet(hart)
      code.i32Load(State.virtual)
    } else {
      code.i32Load(State.dataRegime)
      code.localTee(space)
      code.i32Const(Regime.S)
      code.i32Ne()
      code.localGet(space)
      code.i32Const(Regime.VS)
      code.i32Ne()
      code.i32And()
      code.brIf(done)
      code.localGet(space)
      code.i32Const(Regime.VS)
      code.i32Eq()
    }
    code.i32Const(SHARED_SIZE)
    code.i32Mul()
    code.localGet(hart)
    code.i32Add()
    code.localSet(space)
    pushTag(code, space, va, State.sharedContext)
    code.localSet(wanted)
    pushPlace(code, space, va, State.sharedTlb, tlbArraySize)
    code.localTee(from)
    pushMissed()
    code.if('empty', () => {
      code.localGet(from)
      code.i32Const(secondPlace(tlbArraySize))
      code.i32Xor()
      code.localSet(from)
    })
    code.localGet(from)
    pushMissed()
    code.brIf(done)
    moveAside(code, first, offset, tlbArraySize)
    code.localGet(first)
    code.localGet(tag)
    code.i64Store(offset)
    code.localGet(first)
    code.localGet(from)
    code.i64Load(shared + 8)
    code.i64Store(offset + 8)
    code.drop()
    code.localGet(first)
  })
}

/**
 * Adds the function that looks for a translation at both places of a page, and puts it at the first.
 *
 * @param walk - the function of `addWalk`, for what the TLB does not have; undefined: that is left to who asks.
 * @returns a function of hart and address, whose result is the address of the entry, less that of its array for a
 *   store; 0 when the TLB does not have it, or 1 when the walk has ended with a page fault.
 */
export function addLocate(
  module: ModuleBuilder,
  kind: TranslationKind,
  tlbArraySize: number,
  walk?: FunctionIndex,
): FunctionIndex {
  const { base, context, array } = TRANSLATIONS[kind]
  const offset = array * tlbArraySize
  return module.func(`${kind}Entry`, ['i32', 'i64'], ['i32'], (code, hart, va) => {
    const entry = code.local('i32')
    const first = code.local('i32')
    const tag = code.local('i64')
    const word = code.local('i64')
    pushTag(code, hart, va, context)
    code.localSet(tag)
    pushPlace(code, hart, va, base, tlbArraySize)
    code.localTee(first)
    code.i64Load(offset)
    code.localGet(tag)
    code.i64Eq()
    code.if('empty', () => {
      code.localGet(first)
      code.return()
    })
    code.localGet(first)
    code.i32Const(secondPlace(tlbArraySize))
    code.i32Xor()
    code.localTee(entry)
    code.i64Load(offset)
    code.localGet(tag)
    code.i64Ne()
    code.if('empty', () => {
      copyShared(code, hart, va, first, tag, kind, tlbArraySize)
      if (walk === undefined) {
        code.return()
        return
      }
      code.localTee(entry)
      code.if('empty', () => {
        code.localGet(entry)
        code.return()
      })
      code.localGet(hart)
      code.localGet(va)
      code.call(walk)
      code.return()
    })
    // Generated code looks at the first place only.
    for (let i = 0; i < TLB_ENTRY_SIZE; i += 8) {
      code.localGet(first)
      code.i64Load(offset + i)
      code.localSet(word)
      code.localGet(first)
      code.localGet(entry)
      code.i64Load(offset + i)
      code.i64Store(offset + i)
      code.localGet(entry)
      code.localGet(word)
      code.i64Store(offset + i)
    }
    code.localGet(first)
  })
}

/**
 * Finds the entry that translates the page of `pc` for execution, in the first place or by `locate`.
 *
 * @param page - gets the virtual address of the page.
 * @param locate - the function of {@link addLocate} for execution.
 * @param absent - what to do when the TLB does not have it, given what the look-up has answered; does not come back.
 * @returns the local with the entry's address.
 */
export function findFetchEntry(
  code: Code,
  hart: Local<'i32'>,
  pc: Local<'i64'>,
  page: Local<'i64'>,
  { tlbArraySize, locate }: { readonly tlbArraySize: number; readonly locate: FunctionIndex },
  absent: (entry: Local<'i32'>) => void,
): Local<'i32'> {
  const entry = code.local('i32')
  pushPlace(code, hart, pc, State.fetchTlb, tlbArraySize)
  code.localTee(entry)
  code.i64Load()
  code.localGet(pc)
  code.i64Const(-4096)
  code.i64And()
  code.localTee(page)
  code.localGet(hart)
  code.i64Load(State.fetchContext)
  code.i64Or()
  code.i64Ne()
  code.if('empty', () => {
    code.localGet(hart)
    code.localGet(pc)
    code.call(locate)
    code.localTee(entry)
    code.i32Const(1)
    code.i32LeU()
    code.if('empty', () => absent(entry))
  })
  return entry
}

/** Reads from the state block where loads and stores look for their translations. */
export function loadDataRegime({
  code,
  hart,
  dataTlb,
  dataContext,
}: Pick<CodeFrame, 'code' | 'hart' | 'dataTlb' | 'dataContext'>): void {
  code.localGet(hart)
  code.i32Load(State.dataTlb)
  code.localSet(dataTlb)
  code.localGet(hart)
  code.i64Load(State.dataContext)
  code.localSet(dataContext)
}
