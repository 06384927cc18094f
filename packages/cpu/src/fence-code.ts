import { Access, KINDS, Regime, secondPlace } from '@worldswitch/mmu'
import type { Code, FunctionIndex, Local, ModuleBuilder } from '@worldswitch/wasm'
import { count, spill } from './spill.ts'
import { CsrSlot, FENCED_SIZE, FencedKind, State, WATCH_BYTES } from './state-layout.ts'
import {
  FILTER_BYTES,
  LEVEL_BITS,
  pushFilterWord,
  pushSuperpageBit,
  SMALLEST_SUPERPAGE,
} from './superpage-code.ts'
import { pushFirstPlace } from './tlb-code.ts'

/** Sizes of superpages: of levels 1 to 4. */
const SUPERPAGES = [0, 1, 2, 3]
const ALL = [Access.read, Access.write, Access.execute]
const DATA = [Access.read, Access.write]
const ASID = 0xffffn
/** Complete the instruction, then read everything anew. */
const CHANGED = 2
/** In the place of a VMID: outside of guests. */
const NO_GUEST = -1
/** From the arrays of S-mode to those of VS-mode, and from U-mode's to VU-mode's. */
const GUEST_REGIMES = Regime.VS - Regime.S
/** VMID of `hgatp`. */
const VMID_SHIFT = 44n
const VMID = 0x3fffn

/** Adds the function that removes what has a tag from both places of a page. */
function addDrop(module: ModuleBuilder, tlbArraySize: number): FunctionIndex {
  return module.func('drop', ['i32', 'i64'], [], (code, place, tag) => {
    for (const place2 of [0, secondPlace(tlbArraySize)]) {
      if (place2 !== 0) {
        code.localGet(place)
        code.i32Const(place2)
        code.i32Xor()
        code.localSet(place)
      }
      code.localGet(place)
      code.i64Load()
      code.localGet(tag)
      code.i64Eq()
      code.if('empty', () => {
        code.localGet(place)
        code.i64Const(-1)
        code.i64Store()
      })
    }
  })
}

/** Pushes whether there may be entries of a mapping larger than 4 KiB that an address lies in. */
function pushMayBeSuperpage(code: Code, hart: Local<'i32'>, va: Local<'i64'>): void {
  const bit = code.local('i32')
  const sizes = code.local('i32')
  code.localGet(hart)
  code.i32Load(State.superpages + FILTER_BYTES)
  code.localSet(sizes)
  code.block('i32', (known) => {
    for (const size of SUPERPAGES) {
      code.localGet(sizes)
      code.i32Const(1 << size)
      code.i32And()
      code.if('empty', () => {
        pushSuperpageBit(code, va, () => code.i64Const(SMALLEST_SUPERPAGE + size * LEVEL_BITS))
        code.localSet(bit)
        code.i32Const(1)
        pushFilterWord(code, hart, bit)
        code.i32Load(State.superpages)
        code.localGet(bit)
        code.i32ShrU()
        code.i32Const(1)
        code.i32And()
        code.brIf(known)
        code.drop()
      })
    }
    code.i32Const(0)
  })
  code.release(bit)
  code.release(sizes)
}

/**
 * SFENCE.VMA, guards passed: with an address, when no superpage may be concerned and the contexts are known. In a guest it is about
 * the guest's contexts.
 *
 * @param rest - the imported function for all other cases.
 * @returns a function of hart, `ip`, steps left, whether there is an address, and whether there is an ASID; see
 *   `InterpreterFrame.fence`.
 */
export function addFence(module: ModuleBuilder, rest: FunctionIndex, tlbArraySize: number): FunctionIndex {
  const drop = addDrop(module, tlbArraySize)
  const params = ['i32', 'i32', 'i32', 'i32', 'i32'] as const
  return module.func('fence', params, ['i32'], (code, hart, ip, left, hasAddress, hasAsid) => {
    const va = code.local('i64')
    const tag = code.local('i64')
    const asid = code.local('i32')
    const fenced = code.local('i32')
    const end = code.local('i32')
    const place = code.local('i32')
    const vmid = code.local('i32')
    spill(code, hart, ip, left)
    code.block('empty', (other) => {
      code.localGet(hasAddress)
      code.i32Eqz()
      code.localGet(hart)
      code.i32Load(State.fencedCount)
      code.localTee(end)
      code.i32Const(0)
      code.i32LtS()
      code.i32Or()
      code.brIf(other)
      code.localGet(hart)
      code.i64Load(State.slowAddress)
      code.localSet(va)
      pushMayBeSuperpage(code, hart, va)
      code.brIf(other)
      count(code, hart, State.fences)

      code.localGet(hart)
      code.i64Load(State.slowValue)
      code.i64Const(ASID)
      code.i64And()
      code.i32WrapI64()
      code.localSet(asid)
      code.localGet(hart)
      code.i64Load(CsrSlot.hgatp)
      code.i64Const(VMID_SHIFT)
      code.i64ShrU()
      code.i64Const(VMID)
      code.i64And()
      code.i32WrapI64()
      code.i32Const(NO_GUEST)
      code.localGet(hart)
      code.i32Load(State.virtual)
      code.select()
      code.localSet(vmid)
      code.localGet(hart)
      code.localSet(fenced)
      code.localGet(end)
      code.i32Const(FENCED_SIZE)
      code.i32Mul()
      code.localGet(hart)
      code.i32Add()
      code.localSet(end)
      const dropAll = (regime: number, kinds: readonly number[]): void => {
        for (const kind of kinds) {
          code.localGet(place)
          code.i32Const((regime * KINDS + kind) * tlbArraySize)
          code.i32Add()
          code.localGet(tag)
          code.call(drop)
        }
      }
      const pushKind = (): void => {
        code.localGet(fenced)
        code.i32Load16U(State.fenced + 12)
      }
      const dropContext = (): void => {
        code.localGet(va)
        code.i64Const(-4096)
        code.i64And()
        code.localGet(fenced)
        code.i64Load32U(State.fenced)
        code.i64Or()
        code.localSet(tag)
        const pushBase = () => {
          code.localGet(hart)
          code.i32Load(State.tlb)
          code.localGet(fenced)
          code.i32Load(State.fenced + 8)
          code.i32Xor()
        }
        code.localGet(va)
        pushFirstPlace(code, pushBase, tlbArraySize)
        code.localSet(place)
        const ifKind = (kind: number, is: boolean, then: () => void): void => {
          pushKind()
          code.i32Const(kind)
          if (is) code.i32Eq()
          else code.i32Ne()
          code.if('empty', then)
        }
        ifKind(FencedKind.shared, true, () => dropAll(Regime.M, ALL))
        code.localGet(place)
        code.localGet(hart)
        code.i32Load(State.virtual)
        code.i32Const(GUEST_REGIMES * KINDS * tlbArraySize)
        code.i32Mul()
        code.i32Add()
        code.localSet(place)
        dropAll(Regime.S, DATA)
        ifKind(FencedKind.supervisor, false, () => dropAll(Regime.S, [Access.execute]))
        ifKind(FencedKind.both, true, () => dropAll(Regime.U, ALL))
      }
      code.block('empty', (done) => {
        code.loop('empty', (next) => {
          code.localGet(fenced)
          code.localGet(end)
          code.i32Eq()
          code.brIf(done)
          code.localGet(hasAsid)
          code.i32Eqz()
          code.localGet(fenced)
          code.i32Load(State.fenced + 4)
          code.localGet(asid)
          code.i32Eq()
          code.i32Or()
          code.localGet(fenced)
          code.i32Load16S(State.fenced + 14)
          code.localGet(vmid)
          code.i32Eq()
          code.i32And()
          code.if('empty', dropContext)
          code.localGet(fenced)
          code.i32Const(FENCED_SIZE)
          code.i32Add()
          code.localSet(fenced)
          code.br(next)
        })
      })
      code.localGet(hart)
      code.i32Load(State.watches)
      code.if('empty', () => {
        code.localGet(hart)
        code.i32Const(State.watch)
        code.i32Add()
        code.i32Const(0xff)
        code.i32Const(WATCH_BYTES)
        code.memoryFill()
        code.localGet(hart)
        code.i32Const(0)
        code.i32Store(State.watches)
      })
      code.i32Const(CHANGED)
      code.return()
    })
    code.localGet(hasAddress)
    code.localGet(hasAsid)
    code.call(rest)
  })
}
