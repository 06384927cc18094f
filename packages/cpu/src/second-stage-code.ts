import { PteBit, TABLE_TAG_SHIFT } from '@worldswitch/mmu'
import type { Code, FunctionIndex, Local, ModuleBuilder } from '@worldswitch/wasm'
import { State, TABLE_PAGES, Tables } from './state-layout.ts'
import { type Opening, pushBits, pushOpen, pushPage, walkTables } from './table-walk-code.ts'

/*
 * The second stage of guests in WebAssembly: the usual cases of what `TwoStageWalker` finds.
 */

/** The functions that translate guest-physical addresses. */
export interface SecondStage {
  /**
   * (hart, address, PTE bits of which one permits the access) -> the page, with the number of references in the lowest
   * bits; negative when TypeScript is to do it.
   */
  readonly walk: FunctionIndex
  /** (hart) -> nothing: remembers the pages of {@link State.newTables}. */
  readonly remember: FunctionIndex
}

/** D's place from that of W: who may write needs it. */
const DIRTY_FROM_WRITE = Math.log2(PteBit.dirty / PteBit.write)
/** From what is remembered of a page, its tag, to where it is. */
const HOST_PAGES = TABLE_PAGES * 8
/** From what is remembered to what a walk has found that is not counted yet. */
const NEW = State.newTablePages - State.tablePages

/** Adds the functions. */
export function addSecondStage(module: ModuleBuilder): SecondStage {
  const walk = module.func('secondStage', ['i32', 'i64', 'i32'], ['i64'], (code, hart, va, wanted) => {
    const levels = code.local('i32')
    const references = code.local('i32')
    const pte = code.local('i64')
    const shift = code.local('i64')
    const all = code.local('i64')
    const other = code.openBlock()
    {
      const locatePte = (address: Local<'i64'>): void => pushOpen({ code, hart, other }, address)
      const around = { code, hart, va, tables: State.gTables, rootBits: 11, locatePte } as const
      const walk = { ...around, pte, shift, all, references, other, fault: other }
      code.localGet(hart)
      code.i32Load(State.gTables + Tables.levels)
      code.localTee(levels)
      code.i32Eqz()
      code.if('empty', () => {
        code.localGet(va)
        code.i64Const(-4096)
        code.i64And()
        code.return()
      })
      walkTables(walk, levels)
      pushBits(walk, PteBit.user)
      code.i32Eqz()
      code.brIf(other)
      code.localGet(pte)
      code.i32WrapI64()
      code.localGet(wanted)
      code.i32And()
      code.i32Eqz()
      code.brIf(other)
      // A, and D of what is written.
      code.localGet(wanted)
      code.i32Const(PteBit.write)
      code.i32And()
      code.i32Const(DIRTY_FROM_WRITE)
      code.i32Shl()
      code.i32Const(PteBit.accessed)
      code.i32Or()
      code.localGet(pte)
      code.i32WrapI64()
      code.i32Const(-1)
      code.i32Xor()
      code.i32And()
      code.brIf(other)
      pushPage(walk)
      code.localGet(references)
      code.i64ExtendI32U()
      code.i64Or()
      code.return()
    }
    code.end(other)
    code.i64Const(-1)
  })
  const remember = module.func('rememberTables', ['i32'], [], (code, hart) => {
    const left = code.local('i64')
    const at = code.local('i32')
    code.localGet(hart)
    code.i64Load(State.newTables)
    code.localSet(left)
    code.block('empty', (done) => {
      code.loop('empty', (next) => {
        code.localGet(left)
        code.i64Eqz()
        code.brIf(done)
        code.localGet(hart)
        code.localGet(left)
        code.i64Ctz()
        code.i32WrapI64()
        code.i32Const(3)
        code.i32Shl()
        code.i32Add()
        code.localSet(at)
        for (const half of [State.tablePages, State.tablePages + HOST_PAGES]) {
          code.localGet(at)
          code.localGet(at)
          code.i64Load(half + NEW)
          code.i64Store(half)
        }
        code.localGet(left)
        code.i64Const(1)
        code.i64Sub()
        code.localGet(left)
        code.i64And()
        code.localSet(left)
        code.br(next)
      })
    })
  })
  return { walk, remember }
}

/**
 * Pops the result of a walk of the second stage; leaves to `other` when TypeScript is to do it.
 *
 * @param page - gets the page. @param references - those of the walk are added.
 */
export function takeSecondStage(
  { code, other }: Opening,
  page: Local<'i64'>,
  references: Local<'i32'>,
): void {
  code.localTee(page)
  code.i64Const(0)
  code.i64LtS()
  code.brIf(other)
  code.localGet(page)
  code.i32WrapI64()
  code.i32Const(0xfff)
  code.i32And()
  code.localGet(references)
  code.i32Add()
  code.localSet(references)
  code.localGet(page)
  code.i64Const(-4096)
  code.i64And()
  code.localSet(page)
}

/** What finding a guest's PTEs needs. */
interface GuestTables extends Opening {
  readonly secondStage: SecondStage
  readonly references: Local<'i32'>
  /** The places of pages that will be remembered, as a mask. */
  readonly remembered: Local<'i64'>
}

/**
 * Pushes the linear address of a guest's PTE at a guest-physical address: in a page that is remembered, or found through the
 * second stage. What is found is not remembered yet: {@link State.newTablePages} has it. When the place where it would be looked
 * for will get another page, TypeScript is to do it.
 */
export function pushGuestPte(tables: GuestTables, address: Local<'i64'>): void {
  const { code, hart, other, secondStage, references, remembered } = tables
  const at = code.local('i32')
  const place = code.local('i64')
  const page = code.local('i64')
  const tag = code.local('f64')
  code.localGet(address)
  code.i64Const(12)
  code.i64ShrU()
  code.localTee(place)
  code.i64Const(TABLE_TAG_SHIFT)
  code.i64Shl()
  code.localGet(hart)
  code.i64Load32U(State.gTables + Tables.rules)
  code.i64Or()
  code.f64ConvertI64U()
  code.localSet(tag)
  code.localGet(remembered)
  code.localGet(place)
  code.i64ShrU()
  code.i32WrapI64()
  code.i32Const(1)
  code.i32And()
  code.brIf(other)
  code.localGet(place)
  code.i32WrapI64()
  code.i32Const(TABLE_PAGES - 1)
  code.i32And()
  code.i32Const(3)
  code.i32Shl()
  code.localGet(hart)
  code.i32Add()
  code.localTee(at)
  code.f64Load(State.tablePages)
  code.localGet(tag)
  code.f64Eq()
  code.if(
    'empty',
    () => {
      code.localGet(at)
      code.f64Load(State.tablePages + HOST_PAGES)
      code.i64TruncSatF64U()
      code.localSet(page)
    },
    () => {
      code.localGet(hart)
      code.localGet(address)
      code.i32Const(PteBit.read)
      code.call(secondStage.walk)
      takeSecondStage(tables, page, references)
      code.localGet(at)
      code.localGet(tag)
      code.f64Store(State.newTablePages)
      code.localGet(at)
      code.localGet(page)
      code.f64ConvertI64U()
      code.f64Store(State.newTablePages + HOST_PAGES)
      code.i64Const(1)
      code.localGet(place)
      code.i64Shl()
      code.localGet(remembered)
      code.i64Or()
      code.localSet(remembered)
    },
  )
  code.localGet(address)
  code.i64Const(0xfff)
  code.i64And()
  code.localGet(page)
  code.i64Or()
  code.localSet(page)
  pushOpen(tables, page)
  for (const local of [place, page]) code.release(local)
  code.release(tag)
  code.release(at)
}

/** Remembers what a walk has found of the guest's page tables. */
export function rememberTables(
  code: Code,
  hart: Local<'i32'>,
  { remember }: SecondStage,
  remembered: Local<'i64'>,
): void {
  code.localGet(remembered)
  code.i64Eqz()
  code.i32Eqz()
  code.if('empty', () => {
    code.localGet(hart)
    code.localGet(remembered)
    code.i64Store(State.newTables)
    code.localGet(hart)
    code.call(remember)
  })
}
