import { TLB_ADDEND_OFFSET } from '@worldswitch/mmu'
import type { FunctionIndex, ModuleBuilder } from '@worldswitch/wasm'
import type { Behind } from './memory-miss.ts'
import { pushPc, spill } from './spill.ts'
import { ACROSS_ENTRIES, ACROSS_HASH, ACROSS_SHIFT, ACROSS_SIZE, Across, State } from './state-layout.ts'
import { findFetchEntry } from './tlb-code.ts'

/**
 * Adds the function for an instruction across two pages: (hart, ip, left) -> its entry of `State.across`, or 0 when
 * everything has to be read anew. An entry holds while the second page is where it was and both halves are what they
 * were; otherwise TypeScript is asked.
 */
export function addAcross(
  module: ModuleBuilder,
  rest: FunctionIndex,
  { tlbArraySize, locate }: Behind,
): FunctionIndex {
  return module.func('across', ['i32', 'i32', 'i32'], ['i32'], (code, hart, ip, left) => {
    const at = code.local('i32')
    const pc = code.local('i64')
    const page = code.local('i64')
    code.localGet(ip)
    code.i32Const(ACROSS_HASH | 0)
    code.i32Mul()
    code.i32Const(ACROSS_SHIFT)
    code.i32ShrU()
    code.i32Const((ACROSS_ENTRIES - 2) * ACROSS_SIZE)
    code.i32And()
    code.i32Const(State.across)
    code.i32Add()
    code.localGet(hart)
    code.i32Add()
    code.localSet(at)
    code.block('empty', (unknown) => {
      const pushIsOther = (): void => {
        code.localGet(at)
        code.i32Load(Across.from)
        code.localGet(ip)
        code.i32Ne()
      }
      pushIsOther()
      code.if('empty', () => {
        code.localGet(at)
        code.i32Const(ACROSS_SIZE)
        code.i32Xor()
        code.localSet(at)
        pushIsOther()
        code.brIf(unknown)
      })
      pushPc(code, hart, ip)
      code.i64Const(2)
      code.i64Add()
      code.localSet(pc)
      const entry = findFetchEntry(code, hart, pc, page, { tlbArraySize, locate }, () => code.br(unknown))
      code.localGet(entry)
      code.i32Load(TLB_ADDEND_OFFSET)
      code.localGet(at)
      code.i32Load(Across.to)
      code.i32Ne()
      code.brIf(unknown)
      code.localGet(at)
      code.i32Load(Across.first)
      code.i32Load16U()
      code.localGet(at)
      code.i32Load(Across.second)
      code.i32Load16U()
      code.i32Const(16)
      code.i32Shl()
      code.i32Or()
      code.localGet(at)
      code.i32Load(Across.instruction)
      code.i32Eq()
      code.if('empty', () => {
        code.localGet(at)
        code.return()
      })
    })
    spill(code, hart, ip, left)
    code.call(rest)
  })
}
