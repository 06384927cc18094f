import { Access, PteBit, Regime, TLB_ADDEND_OFFSET, WalkFlag } from '@worldswitch/mmu'
import type { Code, FunctionIndex, Label, Local, ModuleBuilder } from '@worldswitch/wasm'
import { count } from './spill.ts'
import { CsrSlot, State } from './state-layout.ts'
import { Status } from './status.ts'
import { fileSuperpage, LEVEL_BITS } from './superpage-code.ts'
import {
  moveAside,
  pushPlace,
  pushTag,
  pushWatchEntry,
  TRANSLATIONS,
  type TranslationKind,
} from './tlb-code.ts'

/*
 * Page walks outside of guests, in WebAssembly: the usual cases of what `PageWalker` finds and `Translation` enters. Tables
 * and page lie in RAM where PMP forbids nothing. Whatever else there is, TypeScript finds out again from the beginning, and
 * counts it: nothing is counted or changed here before all is known.
 */

/** Result of a walk in the place of an entry: a page fault, which is not counted yet. All entries are above. */
export const WALK_FAULT = 1

const RWX = PteBit.read | PteBit.write | PteBit.execute
/** What is reserved in a pointer to a table, of the low bits. */
const LEAF_ONLY = PteBit.dirty | PteBit.accessed | PteBit.user
/** Bits 63 to 54: reserved, PBMT and N. */
const SPECIAL_SHIFT = 54
const PPN_SHIFT = 10

/** Adds the function that enters a translation at its first place: (place, tag, addend, log2 of the mapping's size). */
function addEnter(module: ModuleBuilder, name: string, tlbArraySize: number): FunctionIndex {
  return module.func(name, ['i32', 'i64', 'i32', 'i64'], [], (code, place, tag, addend, shift) => {
    moveAside(code, place, 0, tlbArraySize)
    code.localGet(place)
    code.localGet(tag)
    code.i64Store()
    code.localGet(place)
    code.localGet(shift)
    code.i64Const(32)
    code.i64Shl()
    code.localGet(addend)
    code.i64ExtendI32U()
    code.i64Or()
    code.i64Store(TLB_ADDEND_OFFSET)
  })
}

/** What the code of a walk finds around it. */
interface Walk {
  readonly code: Code
  readonly hart: Local<'i32'>
  readonly va: Local<'i64'>
  readonly kind: TranslationKind
  /** One of `Regime`, not a guest's. */
  readonly regime: Local<'i32'>
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

/** Pushes some of the bits of the PTE. */
function pushBits({ code, pte }: Walk, bits: number): void {
  code.localGet(pte)
  code.i32WrapI64()
  code.i32Const(bits)
  code.i32And()
}

/** Pushes the bits of the status register of the current mode. */
function pushStatus({ code, hart }: Walk, bits: number): void {
  code.localGet(hart)
  code.i32Load(CsrSlot.mstatus)
  code.i32Const(bits)
  code.i32And()
}

/** Pushes the linear address of a physical one in RAM that is open to all; leaves to `other` when it is not there. */
function pushOpen({ code, hart, other }: Walk, physical: Local<'i64'>): void {
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

/** Reads PTEs from the root on, to a leaf of the right form. */
function walkTables(walk: Walk, levels: Local<'i32'>): void {
  const { code, hart, va, pte, shift, all, references, other, fault } = walk
  const physical = code.local('i64')
  // The bits above the highest translated one are copies of it.
  const above = code.local('i64')
  code.i64Const(64 - 12)
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
  code.i64ShrS()
  code.localGet(va)
  code.i64Ne()
  code.brIf(fault)
  code.i64Const(64 - LEVEL_BITS)
  code.localGet(above)
  code.i64Sub()
  code.localSet(shift)
  code.localGet(hart)
  code.i64Load(State.walkRoot)
  code.localSet(physical)
  code.loop('empty', (deeper) => {
    code.localGet(references)
    code.i32Const(1)
    code.i32Add()
    code.localSet(references)
    code.localGet(va)
    code.localGet(shift)
    code.i64ShrU()
    code.i64Const(2 ** LEVEL_BITS - 1)
    code.i64And()
    code.i64Const(3)
    code.i64Shl()
    code.localGet(physical)
    code.i64Add()
    code.localSet(physical)
    pushOpen(walk, physical)
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
      code.localGet(pte)
      code.i64Const(SPECIAL_SHIFT)
      code.i64ShrU()
      code.i64Const(0)
      code.i64Ne()
      code.brIf(fault)
      code.localGet(shift)
      code.i64Const(12)
      code.i64Eq()
      code.brIf(fault)
      code.localGet(pte)
      code.i64Const(PPN_SHIFT)
      code.i64ShrU()
      code.i64Const(12)
      code.i64Shl()
      code.localSet(physical)
      code.localGet(shift)
      code.i64Const(LEVEL_BITS)
      code.i64Sub()
      code.localSet(shift)
      code.br(deeper)
    })
  })
  // W needs R.
  pushBits(walk, PteBit.read | PteBit.write)
  code.i32Const(PteBit.write)
  code.i32Eq()
  code.brIf(fault)
  code.localGet(pte)
  code.i64Const(SPECIAL_SHIFT)
  code.i64ShrU()
  code.i64Const(0)
  code.i64Ne()
  code.brIf(other)
  code.release(above)
  code.release(physical)
}

/** Leaves unless the leaf lets the access happen, in the current mode, as it is. */
function checkPermissions(walk: Walk): void {
  const { code, hart, kind, regime, other, fault } = walk
  code.localGet(regime)
  code.i32Const(Regime.U)
  code.i32Eq()
  code.if(
    'empty',
    () => {
      pushBits(walk, PteBit.user)
      code.i32Eqz()
      code.brIf(fault)
    },
    () => {
      if (kind === 'execute') pushBits(walk, PteBit.user)
      else {
        code.i32Const(0)
        pushBits(walk, PteBit.user)
        pushStatus(walk, Status.sum)
        code.select()
      }
      code.brIf(fault)
    },
  )
  if (kind === 'read') {
    // With MXR, X suffices.
    pushBits(walk, PteBit.read | PteBit.execute)
    pushStatus(walk, Status.mxr)
    code.i32Const(Math.log2(Status.mxr / PteBit.execute))
    code.i32ShrU()
    code.i32Const(PteBit.read)
    code.i32Or()
    code.i32And()
  } else pushBits(walk, kind === 'write' ? PteBit.write : PteBit.execute)
  code.i32Eqz()
  code.brIf(fault)
  const needed = kind === 'write' ? PteBit.accessed | PteBit.dirty : PteBit.accessed
  pushBits(walk, needed)
  code.i32Const(needed)
  code.i32Ne()
  code.if('empty', () => {
    code.localGet(hart)
    code.i32Load(State.walkRules)
    code.i32Const(WalkFlag.svadu)
    code.i32And()
    code.brIf(other)
    code.br(fault)
  })
}

/** Pushes the physical address of the page; faults when a superpage is not aligned to its size. */
function pushPage({ code, va, pte, shift, fault }: Walk, inside: Local<'i64'>, page: Local<'i64'>): void {
  code.i64Const(1)
  code.localGet(shift)
  code.i64Shl()
  code.i64Const(1)
  code.i64Sub()
  code.localSet(inside)
  code.localGet(pte)
  code.i64Const(PPN_SHIFT)
  code.i64ShrU()
  code.i64Const(12)
  code.i64Shl()
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
}

/** Pushes whether the mapping found is one of all address spaces of S-mode whatever SUM and MXR say. */
function pushIsShared(walk: Walk): void {
  const { code, hart, kind, regime, pte, all } = walk
  code.localGet(regime)
  code.i32Const(Regime.S)
  code.i32Eq()
  code.localGet(hart)
  code.i64Load(State.sharedContext)
  code.i64Const(0)
  code.i64Ne()
  code.i32And()
  code.localGet(all)
  code.i64Const(PteBit.global)
  code.i64And()
  code.i64Const(0)
  code.i64Ne()
  code.i32And()
  // Of the leaf.
  const read = kind === 'read' ? PteBit.read : 0
  code.localGet(pte)
  code.i64Const(PteBit.user | read)
  code.i64And()
  code.i64Const(read)
  code.i64Eq()
  code.i32And()
}

/**
 * Adds the function that finds what the TLB does not have, and enters it there.
 *
 * @returns a function of hart and address, whose result is that of `addLocate`, or {@link WALK_FAULT}. When a store is to a
 *   page of code, 0: the watched-store array has it now.
 */
export function addWalk(module: ModuleBuilder, kind: TranslationKind, tlbArraySize: number): FunctionIndex {
  const { base, context, array } = TRANSLATIONS[kind]
  const enter = addEnter(module, `${kind}Enter`, tlbArraySize)
  return module.func(`${kind}Walk`, ['i32', 'i64'], ['i32'], (code, hart, va) => {
    const regime = code.local('i32')
    const levels = code.local('i32')
    const references = code.local('i32')
    const linear = code.local('i32')
    const records = code.local('i32')
    const first = code.local('i32')
    const pte = code.local('i64')
    const all = code.local('i64')
    const shift = code.local('i64')
    const inside = code.local('i64')
    const page = code.local('i64')
    const other = code.openBlock()
    const fault = code.openBlock()
    {
      const walk = { code, hart, va, kind, regime, pte, shift, all, references, other, fault }
      code.localGet(hart)
      if (kind === 'execute') {
        // M, S and U are 3, 1 and 0.
        code.i32Load(State.virtual)
        code.brIf(other)
        code.i32Const(Regime.M)
        code.i32Const(Regime.U)
        code.localGet(hart)
        code.i32Load(State.privilege)
        code.localTee(regime)
        code.i32Sub()
        code.localGet(regime)
        code.i32Const(3)
        code.i32Eq()
        code.select()
        code.localSet(regime)
      } else {
        code.i32Load(State.dataRegime)
        code.localTee(regime)
        code.i32Const(Regime.VS)
        code.i32GeU()
        code.brIf(other)
      }
      if (kind === 'write') {
        // A page of code that is known, but that this store may not be done to in WebAssembly.
        pushWatchEntry(code, hart, va)
        code.i64Load()
        pushTag(code, hart, va, context)
        code.i64Eq()
        code.brIf(other)
      }
      code.i64Const(12)
      code.localSet(shift)
      code.localGet(regime)
      code.i32Const(Regime.M)
      code.i32Ne()
      code.if(
        'i32',
        () => {
          code.localGet(hart)
          code.i32Load(State.walkLevels)
        },
        () => code.i32Const(0),
      )
      code.localTee(levels)
      code.if(
        'i64',
        () => {
          walkTables(walk, levels)
          checkPermissions(walk)
          pushPage(walk, inside, page)
        },
        () => {
          code.localGet(va)
          code.i64Const(-4096)
          code.i64And()
        },
      )
      code.localSet(page)
      pushOpen(walk, page)
      code.localTee(linear)
      code.i32Const(12)
      code.i32ShrU()
      code.i32Const(2)
      code.i32Shl()
      code.localGet(hart)
      code.i32Load(State.recordsOfPage)
      code.i32Add()
      code.i32Load()
      code.localTee(records)
      if (kind === 'execute') {
        code.i32Eqz()
        code.brIf(other)
      } else if (kind === 'write') {
        code.drop()
        code.localGet(hart)
        code.i32Load(State.foreignReservations)
        code.brIf(other)
      } else code.drop()

      count(code, hart, State.tlbMisses)
      count(code, hart, State.walkReferences, () => {
        code.localGet(references)
        code.f64ConvertI32U()
      })
      const pushAddend = (): void => {
        code.localGet(linear)
        code.localGet(va)
        code.i32WrapI64()
        code.i32Const(-4096)
        code.i32And()
        code.i32Sub()
      }
      if (kind === 'write') {
        code.localGet(records)
        code.if('empty', () => {
          pushWatchEntry(code, hart, va)
          code.localTee(first)
          pushTag(code, hart, va, context)
          code.i64Store()
          code.localGet(first)
          pushAddend()
          code.i32Store(8)
          code.localGet(first)
          code.localGet(records)
          code.i32Store(12)
          code.localGet(hart)
          code.i32Const(1)
          code.i32Store(State.watches)
          code.br(other)
        })
      }
      code.localGet(shift)
      code.i64Const(12)
      code.i64Ne()
      code.if('empty', () => fileSuperpage(code, hart, va, shift))
      const pushEntry = (context: number): void => {
        pushTag(code, hart, va, context)
        if (kind === 'execute') code.localGet(records)
        else pushAddend()
        code.localGet(shift)
        code.call(enter)
      }
      const pushPlaceIn = (base: number, array: number): void => {
        pushPlace(code, hart, va, base, tlbArraySize)
        code.i32Const(array * tlbArraySize)
        code.i32Add()
      }
      pushPlaceIn(base, array)
      code.localTee(first)
      pushEntry(context)
      pushIsShared(walk)
      code.if('empty', () => {
        pushPlaceIn(State.sharedTlb, Access[kind])
        pushEntry(State.sharedContext)
      })
      code.localGet(first)
      code.i32Const(array * tlbArraySize)
      code.i32Sub()
      code.return()
    }
    code.end(fault)
    code.localGet(hart)
    code.localGet(references)
    code.i32Store(State.faultReferences)
    code.i32Const(WALK_FAULT)
    code.return()
    code.end(other)
    code.i32Const(0)
  })
}
