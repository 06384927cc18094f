import { PteBit } from '@worldswitch/mmu'
import type { Code, Label, Local } from '@worldswitch/wasm'
import { State, Tables } from './state-layout.ts'
import { LEVEL_BITS } from './superpage-code.ts'

/*
 * One stage of a page walk in WebAssembly: the usual cases of what `PageWalker` finds. Nothing is changed here.
 */

const RWX = PteBit.read | PteBit.write | PteBit.execute
/** What is reserved in a pointer to a table, of the low bits. */
const LEAF_ONLY = PteBit.dirty | PteBit.accessed | PteBit.user
/** Bits 63 to 54: reserved, PBMT and N. */
const SPECIAL_SHIFT = 54
const PPN_SHIFT = 10

/** What the code of a walk finds around it. */
export interface TableWalk {
  readonly code: Code
  readonly hart: Local<'i32'>
  /** The address that is translated. */
  readonly va: Local<'i64'>
  /** Where the state block tells of the tables. See {@link Tables}. */
  readonly tables: number
  /** Bits that the root's index has: with 11, addresses are zero-extended. */
  readonly rootBits: 9 | 11
  /** Makes the address of a PTE a linear one: pushes it. What changes the local does not matter. */
  readonly locatePte: (address: Local<'i64'>) => void
  /** The PTE read last; then the leaf. */
  readonly pte: Local<'i64'>
  /** log2 of the size of what the PTE read last maps. */
  readonly shift: Local<'i64'>
  /** All PTEs read, combined: for G. */
  readonly all: Local<'i64'>
  readonly references: Local<'i32'>
  /** TypeScript is to do it. */
  readonly other: Label
  /** Ends the walk with a page fault. */
  readonly fault: Label
}

/** What code needs around it to make a physical address a linear one. */
export type Opening = Pick<TableWalk, 'code' | 'hart' | 'other'>

/** Pushes some of the bits of the PTE. */
export function pushBits({ code, pte }: Pick<TableWalk, 'code' | 'pte'>, bits: number): void {
  code.localGet(pte)
  code.i32WrapI64()
  code.i32Const(bits)
  code.i32And()
}

/** Pushes the linear address of a physical one in RAM that is open to all; leaves to `other` when it is not there. */
export function pushOpen({ code, hart, other }: Opening, physical: Local<'i64'>): void {
  code.localGet(physical)
  code.localGet(hart)
  code.i64Load(State.openFrom)
  code.i64Sub()
  code.localTee(physical)
  code.localGet(hart)
  code.i64Load(State.openBytes)
  code.i64GeU()
  code.brIf(other)
  code.localGet(physical)
  code.i32WrapI64()
  code.localGet(hart)
  code.i32Load(State.openLinear)
  code.i32Add()
}

/** Pushes the page number that the PTE has, as an address. */
function pushPointedTo({ code, pte }: TableWalk): void {
  code.localGet(pte)
  code.i64Const(PPN_SHIFT)
  code.i64ShrU()
  code.i64Const(12)
  code.i64Shl()
}

/** Pushes whether the PTE has bits that only unusual ones have. */
function pushIsSpecial({ code, pte }: TableWalk): void {
  code.localGet(pte)
  code.i64Const(SPECIAL_SHIFT)
  code.i64ShrU()
  code.i64Const(0)
  code.i64Ne()
}

/** Reads PTEs from the root on, to a leaf of the right form. @param levels - of the tables, not zero. */
export function walkTables(walk: TableWalk, levels: Local<'i32'>): void {
  const { code, hart, va, tables, rootBits, pte, shift, all, references, other, fault } = walk
  const address = code.local('i64')
  const indices = code.local('i64')
  // The bits above the highest translated one are copies of it, or zero.
  const above = code.local('i64')
  code.i64Const(64 - 12 - (rootBits - LEVEL_BITS))
  code.localGet(levels)
  code.i64ExtendI32U()
  code.i64Const(LEVEL_BITS)
  code.i64Mul()
  code.i64Sub()
  code.localSet(above)
  code.localGet(va)
  code.localGet(above)
  code.i64Shl()
  code.localGet(above)
  if (rootBits === LEVEL_BITS) code.i64ShrS()
  else code.i64ShrU()
  code.localGet(va)
  code.i64Ne()
  code.brIf(fault)
  code.i64Const(64 - rootBits)
  code.localGet(above)
  code.i64Sub()
  code.localSet(shift)
  code.i64Const(2 ** rootBits - 1)
  code.localSet(indices)
  code.localGet(hart)
  code.i64Load(tables + Tables.root)
  code.localSet(address)
  code.loop('empty', (deeper) => {
    code.localGet(references)
    code.i32Const(1)
    code.i32Add()
    code.localSet(references)
    code.localGet(va)
    code.localGet(shift)
    code.i64ShrU()
    code.localGet(indices)
    code.i64And()
    code.i64Const(3)
    code.i64Shl()
    code.localGet(address)
    code.i64Add()
    code.localSet(address)
    walk.locatePte(address)
    code.i64Load()
    code.localTee(pte)
    code.localGet(all)
    code.i64Or()
    code.localSet(all)
    pushBits(walk, PteBit.valid)
    code.i32Eqz()
    code.brIf(fault)
    pushBits(walk, RWX)
    code.i32Eqz()
    code.if('empty', () => {
      pushBits(walk, LEAF_ONLY)
      code.brIf(fault)
      pushIsSpecial(walk)
      code.brIf(fault)
      code.localGet(shift)
      code.i64Const(12)
      code.i64Eq()
      code.brIf(fault)
      pushPointedTo(walk)
      code.localSet(address)
      code.localGet(shift)
      code.i64Const(LEVEL_BITS)
      code.i64Sub()
      code.localSet(shift)
      code.i64Const(2 ** LEVEL_BITS - 1)
      code.localSet(indices)
      code.br(deeper)
    })
  })
  // W needs R.
  pushBits(walk, PteBit.read | PteBit.write)
  code.i32Const(PteBit.write)
  code.i32Eq()
  code.brIf(fault)
  pushIsSpecial(walk)
  code.brIf(other)
  code.release(above)
  code.release(indices)
  code.release(address)
}

/** Pushes the address of the page that the leaf leads to; faults when a superpage is not aligned to its size. */
export function pushPage(walk: TableWalk): void {
  const { code, va, shift, fault } = walk
  const inside = code.local('i64')
  const page = code.local('i64')
  code.i64Const(1)
  code.localGet(shift)
  code.i64Shl()
  code.i64Const(1)
  code.i64Sub()
  code.localSet(inside)
  pushPointedTo(walk)
  code.localTee(page)
  code.localGet(inside)
  code.i64And()
  code.i64Const(0)
  code.i64Ne()
  code.brIf(fault)
  code.localGet(va)
  code.localGet(inside)
  code.i64And()
  code.i64Const(-4096)
  code.i64And()
  code.localGet(page)
  code.i64Or()
  code.release(page)
  code.release(inside)
}
