import type { Width } from '@worldswitch/isa'
import { secondPlace, TLB_ADDEND_OFFSET, TLB_ENTRY_SIZE } from '@worldswitch/mmu'
import type { Code, FunctionIndex, Local, ModuleBuilder } from '@worldswitch/wasm'
import { COVERAGE_OFFSET, OP_UNDECODED, RECORD_SIZE } from './code-pool.ts'
import { pushRecordDistance } from './record-code.ts'
import { spill } from './spill.ts'
import { State, WATCH_ENTRIES } from './state-layout.ts'
import { pushFirstPlace } from './tlb-code.ts'

/** What {@link addLoadMiss} and {@link addStoreMiss} call when there is no other way. */
interface Imports {
  readonly load: FunctionIndex
  readonly store: FunctionIndex
}

/** Pushes `va` with the page offset cut to the alignment, and the context of loads and stores: what a tag must be. */
function pushTag(code: Code, hart: Local<'i32'>, va: Local<'i64'>, width: Width): void {
  code.localGet(va)
  code.i64Const(-4096 + width - 1)
  code.i64And()
  code.localGet(hart)
  code.i64Load(State.dataContext)
  code.i64Or()
}

/** Pushes the linear address by an entry. */
function pushLinear(code: Code, entry: Local<'i32'>, va: Local<'i64'>, addendOffset: number): void {
  code.localGet(entry)
  code.i32Load(addendOffset)
  code.localGet(va)
  code.i32WrapI64()
  code.i32Add()
}

/** The access is done: TypeScript was not called, so the steps left are as they were. */
function completed(code: Code, hart: Local<'i32'>, left: Local<'i32'>): void {
  code.localGet(hart)
  code.localGet(left)
  code.i32Const(1)
  code.i32Add()
  code.i32Store(State.left)
  code.i32Const(0)
  code.return()
}

/** Pushes whether the second place of `va` has its translation; the entry is in `entry` then. */
function pushSecondHit(
  code: Code,
  hart: Local<'i32'>,
  va: Local<'i64'>,
  entry: Local<'i32'>,
  { width, kind, tlbArraySize }: { width: Width; kind: 0 | 1; tlbArraySize: number },
): void {
  const base = () => {
    code.localGet(hart)
    code.i32Load(State.dataTlb)
  }
  pushFirstPlace(code, va, base, tlbArraySize)
  code.i32Const(secondPlace(tlbArraySize))
  code.i32Xor()
  code.localTee(entry)
  code.i64Load(kind * tlbArraySize)
  pushTag(code, hart, va, width)
  code.i64Eq()
}

/**
 * Exchanges the two places of a pair, so that translated code, which looks at the first only, finds the translation.
 *
 * @param entry - the second; becomes the first.
 */
function exchangePlaces(code: Code, entry: Local<'i32'>, kind: 0 | 1, tlbArraySize: number): void {
  const first = code.local('i32')
  const word = code.local('i64')
  code.localGet(entry)
  code.i32Const(secondPlace(tlbArraySize))
  code.i32Xor()
  code.localSet(first)
  for (let offset = kind * tlbArraySize, i = 0; i < TLB_ENTRY_SIZE; i += 8) {
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
  code.localSet(entry)
}

/** Pushes whether nothing is translated from where a store goes. @param entry - of the watched-store array. */
function pushUncovered(code: Code, entry: Local<'i32'>, va: Local<'i64'>): void {
  code.localGet(entry)
  code.i32Load(12)
  code.i64Load(COVERAGE_OFFSET)
  code.localGet(va)
  code.i64Const(6)
  code.i64ShrU()
  code.i64ShrU()
  code.i32WrapI64()
  code.i32Const(1)
  code.i32And()
  code.i32Eqz()
}

/**
 * A load that the TLB does not know at the address's first place: tries the second, then asks TypeScript.
 *
 * @returns a function of hart, `ip`, steps left and address, whose result is that of `InterpreterImports.load`.
 */
export function addLoadMiss(
  module: ModuleBuilder,
  imports: Imports,
  tlbArraySize: number,
  width: Width,
): FunctionIndex {
  return module.func(
    `load${width}Miss`,
    ['i32', 'i32', 'i32', 'i64'],
    ['i32'],
    (code, hart, ip, left, va) => {
      const entry = code.local('i32')
      pushSecondHit(code, hart, va, entry, { width, kind: 0, tlbArraySize })
      code.if('empty', () => {
        exchangePlaces(code, entry, 0, tlbArraySize)
        code.localGet(hart)
        pushLinear(code, entry, va, TLB_ADDEND_OFFSET)
        if (width === 8) code.i64Load()
        else if (width === 4) code.i64Load32U()
        else if (width === 2) code.i64Load16U()
        else code.i64Load8U()
        code.i64Store(State.slowValue)
        completed(code, hart, left)
      })
      spill(code, hart, ip, left)
      code.localGet(hart)
      code.localGet(va)
      code.i64Store(State.slowAddress)
      code.i32Const(width)
      code.call(imports.load)
    },
  )
}

/**
 * A store that the TLB does not know at the address's first place. Tries the watched-store array: stores there, and
 * clears the records that the store overwrote. Then the second place, then asks TypeScript.
 *
 * @returns a function of hart, `ip`, steps left, address and value.
 */
export function addStoreMiss(
  module: ModuleBuilder,
  imports: Imports,
  tlbArraySize: number,
  width: Width,
): FunctionIndex {
  const params = ['i32', 'i32', 'i32', 'i64', 'i64'] as const
  return module.func(`store${width}Miss`, params, ['i32'], (code, hart, ip, left, va, value) => {
    const entry = code.local('i32')
    const record = code.local('i32')
    const storeAt = (addendOffset: number): void => {
      pushLinear(code, entry, va, addendOffset)
      code.localGet(value)
      if (width === 8) code.i64Store()
      else if (width === 4) code.i64Store32()
      else if (width === 2) code.i64Store16()
      else code.i64Store8()
    }
    code.localGet(va)
    code.i64Const(8)
    code.i64ShrU()
    code.i32WrapI64()
    code.i32Const((WATCH_ENTRIES - 1) * TLB_ENTRY_SIZE)
    code.i32And()
    code.localGet(hart)
    code.i32Load(State.dataWatch)
    code.i32Add()
    code.localTee(entry)
    code.i64Load()
    pushTag(code, hart, va, width)
    code.i64Eq()
    code.if('empty', () => {
      pushUncovered(code, entry, va)
      code.if('empty', () => {
        storeAt(TLB_ADDEND_OFFSET)
        // The record of the first halfword written; the one before it may be of an instruction that reaches into it.
        code.localGet(entry)
        code.i32Load(12)
        pushRecordDistance(code, va)
        code.i32Add()
        code.i32Const(RECORD_SIZE)
        code.i32Sub()
        code.localSet(record)
        const records = 1 + Math.max(1, width / 2)
        for (let i = 0; i < records; i++) {
          code.localGet(record)
          code.i32Const(OP_UNDECODED)
          code.i32Store16(i * RECORD_SIZE)
        }
        completed(code, hart, left)
      })
    })
    pushSecondHit(code, hart, va, entry, { width, kind: 1, tlbArraySize })
    code.if('empty', () => {
      exchangePlaces(code, entry, 1, tlbArraySize)
      storeAt(tlbArraySize + TLB_ADDEND_OFFSET)
      completed(code, hart, left)
    })
    spill(code, hart, ip, left)
    code.localGet(hart)
    code.localGet(va)
    code.i64Store(State.slowAddress)
    code.localGet(hart)
    code.localGet(value)
    code.i64Store(State.slowValue)
    code.i32Const(width)
    code.call(imports.store)
  })
}
