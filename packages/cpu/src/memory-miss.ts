import type { Width } from '@worldswitch/isa'
import { TLB_ADDEND_OFFSET } from '@worldswitch/mmu'
import type { Code, FunctionIndex, Local, ModuleBuilder } from '@worldswitch/wasm'
import { COVERAGE_OFFSET, OP_UNDECODED, RECORD_AUX, RECORD_SIZE } from './code-pool.ts'
import { pushRecordDistance } from './record-code.ts'
import { spill } from './spill.ts'
import { State } from './state-layout.ts'
import { pushWatchEntry } from './tlb-code.ts'
import { WALK_FAULT } from './walk-code.ts'

/** What stands behind an access that the first place of the TLB does not know. */
export interface Behind {
  /** The function that looks for the translation; see `addLocate`. */
  readonly locate: FunctionIndex
  /** The function that takes a page fault; see `addPageFault`. */
  readonly fault: FunctionIndex
  /** TypeScript's, for all the rest. */
  readonly rest: FunctionIndex
  readonly tlbArraySize: number
}

/** Where a record has the registers that a trap tells of, and where an instruction has their numbers. */
const RECORD_RD = 2
const RECORD_RS2 = 6
const RD = 7
const RS2 = 20
/** In the opcodes of loads and stores: of floating-point registers. */
const FLOAT = 4
/** What makes the number of a floating-point register of its place in the state block, both in units of 8 bytes. */
const FLOAT_PLACE = (32 - ((State.f / 8) & 31)) / FLOAT

/** Pushes what is told about the instruction of a record. @param told - without the register. */
function pushTold(code: Code, ip: Local<'i32'>, told: Local<'i32'>, place: number, position: number): void {
  code.localGet(told)
  code.localGet(ip)
  code.i32Load16U(place)
  code.i32Const(3)
  code.i32ShrU()
  code.localGet(told)
  code.i32Const(FLOAT)
  code.i32And()
  code.i32Const(FLOAT_PLACE)
  code.i32Mul()
  code.i32Add()
  code.i32Const(31)
  code.i32And()
  code.i32Const(position)
  code.i32Shl()
  code.i32Or()
}

/** What to do when what the look-up has pushed is an entry. */
function ifFound(code: Code, then: () => void): void {
  code.i32Const(WALK_FAULT)
  code.i32GtU()
  code.if('empty', then)
}

/** Takes the page fault that the look-up has found, if that is what it has and S-mode takes it: then everything is read anew. */
function takePageFault(code: Code, entry: Local<'i32'>, fault: FunctionIndex, push: () => void): void {
  code.localGet(entry)
  code.i32Const(WALK_FAULT)
  code.i32Eq()
  code.if('empty', () => {
    push()
    code.call(fault)
    code.if('empty', () => {
      code.i32Const(1)
      code.return()
    })
  })
}

/** Pushes the linear address by an entry. */
function pushLinear(code: Code, entry: Local<'i32'>, va: Local<'i64'>, addendOffset: number): void {
  code.localGet(entry)
  code.i32Load(addendOffset)
  code.localGet(va)
  code.i32WrapI64()
  code.i32Add()
}

/** Counts in a record that its access was not in the first place of the TLB. */
function countMiss(code: Code, ip: Local<'i32'>): void {
  code.localGet(ip)
  code.localGet(ip)
  code.i32Load16U(RECORD_AUX)
  code.i32Const(1)
  code.i32Add()
  code.i32Store16(RECORD_AUX)
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

/** What to do when an access, aligned or not, does not cross the end of its page. */
function ifInPage(code: Code, va: Local<'i64'>, width: Width, then: () => void): void {
  if (width === 1) {
    then()
    return
  }
  code.localGet(va)
  code.i32WrapI64()
  code.i32Const(0xfff)
  code.i32And()
  code.i32Const(4096 - width)
  code.i32LeU()
  code.if('empty', then)
}

/**
 * Pushes whether an entry of the watched-store array is that of an address, and nothing is translated from the 64
 * bytes around it.
 *
 * @param alignment - pushes the bits of an address that have to be zero for the access not to leave its 64 bytes.
 */
function pushWatchHit(
  code: Code,
  hart: Local<'i32'>,
  va: Local<'i64'>,
  entry: Local<'i32'>,
  alignment: () => void,
): void {
  code.localGet(entry)
  code.i64Load()
  code.localGet(va)
  alignment()
  code.i64Const(-4096)
  code.i64Or()
  code.i64And()
  code.localGet(hart)
  code.i64Load(State.dataContext)
  code.i64Or()
  code.i64Eq()
  code.if(
    'i32',
    () => {
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
    },
    () => code.i32Const(0),
  )
}

/** Pushes the record before that of the first halfword written: it may be of an instruction that reaches into it. */
function pushRecordBefore(code: Code, va: Local<'i64'>, entry: Local<'i32'>): void {
  code.localGet(entry)
  code.i32Load(12)
  pushRecordDistance(code, va)
  code.i32Add()
  code.i32Const(RECORD_SIZE)
  code.i32Sub()
}

/**
 * A load that the TLB does not know, aligned, at the address's first place: looks for the page, then asks TypeScript.
 *
 * @returns a function of hart, `ip`, steps left, address, and what is told about the instruction but for its register; its result
 *   is that of `InterpreterImports.load`.
 */
export function addLoadMiss(
  module: ModuleBuilder,
  { locate, fault, rest }: Behind,
  width: Width,
): FunctionIndex {
  return module.func(
    `load${width}Miss`,
    ['i32', 'i32', 'i32', 'i64', 'i32'],
    ['i32'],
    (code, hart, ip, left, va, told) => {
      const entry = code.local('i32')
      ifInPage(code, va, width, () => {
        code.localGet(hart)
        code.localGet(va)
        code.call(locate)
        code.localTee(entry)
        ifFound(code, () => {
          code.localGet(hart)
          pushLinear(code, entry, va, TLB_ADDEND_OFFSET)
          if (width === 8) code.i64Load(0, 0)
          else if (width === 4) code.i64Load32U(0, 0)
          else if (width === 2) code.i64Load16U(0, 0)
          else code.i64Load8U()
          code.i64Store(State.slowValue)
          countMiss(code, ip)
          completed(code, hart, left)
        })
        takePageFault(code, entry, fault, () => {
          for (const argument of [hart, ip, left]) code.localGet(argument)
          code.localGet(va)
          pushTold(code, ip, told, RECORD_RD, RD)
        })
      })
      spill(code, hart, ip, left)
      code.localGet(hart)
      code.localGet(va)
      code.i64Store(State.slowAddress)
      code.i32Const(width)
      code.call(rest)
    },
  )
}

/**
 * A store that the TLB does not know, aligned, at the address's first place. An aligned one tries the watched-store
 * array: stores there, and clears the records that the store overwrote. Then looks for the page, then asks TypeScript.
 *
 * @returns a function of hart, `ip`, steps left, address, value, and what is told about the instruction but for its register.
 */
export function addStoreMiss(
  module: ModuleBuilder,
  { locate, fault, rest, tlbArraySize }: Behind,
  width: Width,
): FunctionIndex {
  const params = ['i32', 'i32', 'i32', 'i64', 'i64', 'i32'] as const
  return module.func(`store${width}Miss`, params, ['i32'], (code, hart, ip, left, va, value, told) => {
    const entry = code.local('i32')
    const record = code.local('i32')
    const storeAt = (addendOffset: number): void => {
      pushLinear(code, entry, va, addendOffset)
      code.localGet(value)
      if (width === 8) code.i64Store(0, 0)
      else if (width === 4) code.i64Store32(0, 0)
      else if (width === 2) code.i64Store16(0, 0)
      else code.i64Store8()
    }
    const storeWatched = (): void => {
      pushWatchEntry(code, hart, va)
      code.localSet(entry)
      pushWatchHit(code, hart, va, entry, () => code.i64Const(width - 1))
      code.if('empty', () => {
        storeAt(TLB_ADDEND_OFFSET)
        pushRecordBefore(code, va, entry)
        code.localSet(record)
        const records = 1 + Math.max(1, width / 2)
        for (let i = 0; i < records; i++) {
          code.localGet(record)
          code.i32Const(OP_UNDECODED)
          code.i32Store16(i * RECORD_SIZE)
        }
        completed(code, hart, left)
      })
    }
    storeWatched()
    ifInPage(code, va, width, () => {
      code.localGet(hart)
      code.localGet(va)
      code.call(locate)
      code.localTee(entry)
      ifFound(code, () => {
        storeAt(tlbArraySize + TLB_ADDEND_OFFSET)
        countMiss(code, ip)
        completed(code, hart, left)
      })
      takePageFault(code, entry, fault, () => {
        for (const argument of [hart, ip, left]) code.localGet(argument)
        code.localGet(va)
        pushTold(code, ip, told, RECORD_RS2, RS2)
      })
      // Looking for it may have found a page of code.
      storeWatched()
    })
    spill(code, hart, ip, left)
    code.localGet(hart)
    code.localGet(va)
    code.i64Store(State.slowAddress)
    code.localGet(hart)
    code.localGet(value)
    code.i64Store(State.slowValue)
    code.i32Const(width)
    code.call(rest)
  })
}

/**
 * An access of an atomic instruction, or of `cbo.zero`, that the TLB does not know at the address's first place. One
 * that writes tries the watched-store array first, and clears the records of what will be written.
 *
 * @returns a function of hart, address, number of bytes and `ip`. Its result is the linear address, or 0: then the address is
 *   misaligned, or the evaluator has to do it.
 */
export function addAtomicMiss(
  module: ModuleBuilder,
  { locate, tlbArraySize }: Omit<Behind, 'rest' | 'fault'>,
  kind: 0 | 1,
): FunctionIndex {
  const name = kind === 0 ? 'readAtomicMiss' : 'writeAtomicMiss'
  return module.func(name, ['i32', 'i64', 'i32', 'i32'], ['i32'], (code, hart, va, bytes, ip) => {
    const entry = code.local('i32')
    const alignment = () => {
      code.localGet(bytes)
      code.i32Const(1)
      code.i32Sub()
      code.i64ExtendI32U()
    }
    code.localGet(va)
    alignment()
    code.i64And()
    code.i64Const(0)
    code.i64Ne()
    code.if('empty', () => {
      code.i32Const(0)
      code.return()
    })
    if (kind === 1) {
      pushWatchEntry(code, hart, va)
      code.localSet(entry)
      pushWatchHit(code, hart, va, entry, alignment)
      code.if('empty', () => {
        pushRecordBefore(code, va, entry)
        code.i32Const(OP_UNDECODED)
        code.localGet(bytes)
        code.i32Const(2)
        code.i32Add()
        code.i32Const(RECORD_SIZE / 2)
        code.i32Mul()
        code.memoryFill()
        pushLinear(code, entry, va, TLB_ADDEND_OFFSET)
        code.return()
      })
    }
    code.localGet(hart)
    code.localGet(va)
    code.call(locate)
    code.localTee(entry)
    code.i32Const(WALK_FAULT)
    code.i32LeU()
    code.if('empty', () => {
      code.i32Const(0)
      code.return()
    })
    countMiss(code, ip)
    pushLinear(code, entry, va, kind * tlbArraySize + TLB_ADDEND_OFFSET)
  })
}
