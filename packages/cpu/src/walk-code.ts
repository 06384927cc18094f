import { Access, PteBit, Regime, TLB_ADDEND_OFFSET, WalkFlag } from '@worldswitch/mmu'
import type { FunctionIndex, Local, ModuleBuilder } from '@worldswitch/wasm'
import { pushGuestPte, rememberTables, type SecondStage, takeSecondStage } from './second-stage-code.ts'
import { count } from './spill.ts'
import { CsrSlot, SHARED_SIZE, State, Tables } from './state-layout.ts'
import { Status } from './status.ts'
import { fileSuperpage } from './superpage-code.ts'
import { pushBits, pushOpen, pushPage, type TableWalk, walkTables } from './table-walk-code.ts'
import {
  moveAside,
  pushPlace,
  pushTag,
  pushWatchEntry,
  TRANSLATIONS,
  type TranslationKind,
} from './tlb-code.ts'

/*
 * Page walks in WebAssembly: the usual cases of what `PageWalker` and `TwoStageWalker` find and `Translation` enters. Tables
 * and page lie in RAM where PMP forbids nothing. Whatever else there is, TypeScript finds out again from the beginning, and
 * counts it: nothing is counted or changed here before all is known.
 */

/** Result of a walk in the place of an entry: a page fault, which is not counted yet. All entries are above. */
export const WALK_FAULT = 1

/** What the second stage needs to permit an access. */
const WANTED = { read: PteBit.read, write: PteBit.write, execute: PteBit.execute } as const

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

/** A walk of the first stage, or of the only one. */
interface Walk extends TableWalk {
  readonly kind: TranslationKind
  /** One of `Regime`. */
  readonly regime: Local<'i32'>
  /** What a guest's addresses go through; undefined outside of guests. */
  readonly secondStage: SecondStage | undefined
}

/** Pushes the bits of the status register whose SUM is in force. */
function pushStatus({ code, hart, secondStage }: Walk, bits: number): void {
  code.localGet(hart)
  code.i32Load(secondStage === undefined ? CsrSlot.mstatus : CsrSlot.vsstatus)
  code.i32Const(bits)
  code.i32And()
}

/** Pushes MXR. A guest's pages are concerned by both, what the second stage says by the hypervisor's. @param first - or second. */
function pushMxr(walk: Walk, first: boolean): void {
  const { code, hart, secondStage } = walk
  code.localGet(hart)
  code.i32Load(CsrSlot.mstatus)
  if (first && secondStage !== undefined) {
    code.localGet(hart)
    code.i32Load(CsrSlot.vsstatus)
    code.i32Or()
  }
  code.i32Const(Status.mxr)
  code.i32And()
}

/** Pushes the PTE bits of which one permits a read: with MXR, X suffices. @param first - stage, or second. */
function pushReadable(walk: Walk, first: boolean): void {
  const { code } = walk
  pushMxr(walk, first)
  code.i32Const(Math.log2(Status.mxr / PteBit.execute))
  code.i32ShrU()
  code.i32Const(PteBit.read)
  code.i32Or()
}

/** Leaves unless the leaf lets the access happen, in the current mode, as it is. */
function checkPermissions(walk: Walk): void {
  const { code, hart, kind, regime, tables, secondStage, pte, other, fault } = walk
  code.localGet(regime)
  code.i32Const(secondStage === undefined ? Regime.U : Regime.VU)
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
    code.localGet(pte)
    code.i32WrapI64()
    pushReadable(walk, true)
    code.i32And()
  } else pushBits(walk, WANTED[kind])
  code.i32Eqz()
  code.brIf(fault)
  const needed = kind === 'write' ? PteBit.accessed | PteBit.dirty : PteBit.accessed
  pushBits(walk, needed)
  code.i32Const(needed)
  code.i32Ne()
  code.if('empty', () => {
    code.localGet(hart)
    code.i32Load(tables + Tables.rules)
    code.i32Const(WalkFlag.svadu)
    code.i32And()
    code.brIf(other)
    code.br(fault)
  })
}

/** Pushes whether the mapping found is one of all address spaces of S- or VS-mode whatever SUM and MXR say. */
function pushIsShared(walk: Walk): void {
  const { code, hart, kind, regime, secondStage, pte, all } = walk
  const isGuest = secondStage !== undefined
  code.localGet(regime)
  code.i32Const(isGuest ? Regime.VS : Regime.S)
  code.i32Eq()
  code.localGet(hart)
  code.i64Load(State.sharedContext + (isGuest ? SHARED_SIZE : 0))
  code.i64Const(0)
  code.i64Ne()
  code.i32And()
  code.localGet(all)
  code.i64Const(PteBit.global)
  code.i64And()
  code.i64Const(0)
  code.i64Ne()
  code.i32And()
  // Of the leaf. What made a guest's page readable is not asked: with MXR it may be either stage.
  const read = kind === 'read' && !isGuest ? PteBit.read : 0
  code.localGet(pte)
  code.i64Const(PteBit.user | read)
  code.i64And()
  code.i64Const(read)
  code.i64Eq()
  code.i32And()
  if (kind === 'read' && isGuest) {
    pushMxr(walk, true)
    code.i32Eqz()
    code.i32And()
  }
}

/** Pushes the page behind an address, or leaves. */
function translateFirst(walk: Walk): void {
  const { code, hart, va, tables, regime, secondStage } = walk
  const levels = code.local('i32')
  const pushLevels = (): void => {
    code.localGet(hart)
    code.i32Load(tables + Tables.levels)
  }
  if (secondStage === undefined) {
    code.localGet(regime)
    code.i32Const(Regime.M)
    code.i32Ne()
    code.if('i32', pushLevels, () => code.i32Const(0))
  } else pushLevels()
  code.localTee(levels)
  code.if(
    'i64',
    () => {
      walkTables(walk, levels)
      checkPermissions(walk)
      pushPage(walk)
    },
    () => {
      code.localGet(va)
      code.i64Const(-4096)
      code.i64And()
    },
  )
  code.release(levels)
}

/** Puts one of `Regime` into the local: that of the access. */
function findRegime({ code, hart, kind, regime, secondStage }: Walk): void {
  code.localGet(hart)
  if (kind !== 'execute') {
    code.i32Load(State.dataRegime)
    code.localSet(regime)
    return
  }
  code.i32Load(State.privilege)
  code.localSet(regime)
  if (secondStage !== undefined) {
    code.i32Const(Regime.VU)
    code.localGet(regime)
    code.i32Sub()
  } else {
    // M, S and U are 3, 1 and 0.
    code.i32Const(Regime.M)
    code.i32Const(Regime.U)
    code.localGet(regime)
    code.i32Sub()
    code.localGet(regime)
    code.i32Const(3)
    code.i32Eq()
    code.select()
  }
  code.localSet(regime)
}

/**
 * Adds the function that finds what the TLB does not have, and enters it there.
 *
 * @returns a function of hart and address, whose result is that of `addLocate`, or {@link WALK_FAULT}. When a store is to a
 *   page of code, 0: the watched-store array has it now.
 */
export function addWalk(
  module: ModuleBuilder,
  kind: TranslationKind,
  tlbArraySize: number,
  secondStage: SecondStage,
): FunctionIndex {
  const enter = addEnter(module, `${kind}Enter`, tlbArraySize)
  const host = addWalkOf(module, kind, tlbArraySize, enter, undefined)
  const guest = addWalkOf(module, kind, tlbArraySize, enter, secondStage)
  return module.func(`${kind}Walk`, ['i32', 'i64'], ['i32'], (code, hart, va) => {
    code.localGet(hart)
    code.localGet(va)
    code.localGet(hart)
    if (kind === 'execute') code.i32Load(State.virtual)
    else {
      code.i32Load(State.dataRegime)
      code.i32Const(Regime.VS)
      code.i32GeU()
    }
    code.if('empty', () => {
      code.localGet(hart)
      code.localGet(va)
      code.call(guest)
      code.return()
    })
    code.call(host)
  })
}

/** Adds the function for what is outside of guests, or for guests. @param enter - the function of {@link addEnter}. */
function addWalkOf(
  module: ModuleBuilder,
  kind: TranslationKind,
  tlbArraySize: number,
  enter: FunctionIndex,
  secondStage: SecondStage | undefined,
): FunctionIndex {
  const { base, context, array } = TRANSLATIONS[kind]
  const isGuest = secondStage !== undefined
  return module.func(
    `${kind}${isGuest ? 'Guest' : 'Host'}Walk`,
    ['i32', 'i64'],
    ['i32'],
    (code, hart, va) => {
      const regime = code.local('i32')
      const references = code.local('i32')
      const linear = code.local('i32')
      const records = code.local('i32')
      const isShared = code.local('i32')
      const first = code.local('i32')
      const pte = code.local('i64')
      const all = code.local('i64')
      const shift = code.local('i64')
      const page = code.local('i64')
      const remembered = code.local('i64')
      const other = code.openBlock()
      const fault = code.openBlock()
      {
        const opening = { code, hart, other }
        const walk: Walk = {
          ...opening,
          va,
          kind,
          regime,
          secondStage,
          tables: isGuest ? State.vsTables : State.tables,
          rootBits: 9,
          locatePte: (address) => {
            if (secondStage === undefined) pushOpen(opening, address)
            else pushGuestPte({ ...opening, secondStage, references, remembered }, address)
          },
          pte,
          shift,
          all,
          references,
          fault,
        }
        findRegime(walk)
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
        translateFirst(walk)
        code.localSet(page)
        if (secondStage !== undefined) {
          code.localGet(hart)
          code.localGet(page)
          if (kind === 'read') pushReadable(walk, false)
          else code.i32Const(WANTED[kind])
          code.call(secondStage.walk)
          takeSecondStage(opening, page, references)
        }
        pushOpen(opening, page)
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

        // Where all address spaces share a context, TypeScript has to find another one for what they do not share.
        const shared = State.sharedContext + (isGuest ? SHARED_SIZE : 0)
        pushIsShared(walk)
        code.localSet(isShared)
        code.localGet(hart)
        code.i64Load(context)
        code.localGet(hart)
        code.i64Load(shared)
        code.i64Eq()
        code.localGet(isShared)
        code.i32Eqz()
        code.i32And()
        code.brIf(other)
        count(code, hart, State.tlbMisses)
        count(code, hart, State.walkReferences, () => {
          code.localGet(references)
          code.f64ConvertI32U()
        })
        if (secondStage !== undefined) rememberTables(code, hart, secondStage, remembered)
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
        code.localGet(isShared)
        code.if('empty', () => {
          pushPlaceIn(State.sharedTlb + (isGuest ? SHARED_SIZE : 0), Access[kind])
          pushEntry(shared)
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
      code.localGet(hart)
      code.localGet(remembered)
      code.i64Store(State.newTables)
      code.i32Const(WALK_FAULT)
      code.return()
      code.end(other)
      code.i32Const(0)
    },
  )
}
