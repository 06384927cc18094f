import type { FunctionIndex, ModuleBuilder } from '@worldswitch/wasm'
import { pushSupervisorTakes } from './privilege-code.ts'
import type { SecondStage } from './second-stage-code.ts'
import { count, spill } from './spill.ts'
import { State } from './state-layout.ts'
import type { TranslationKind } from './tlb-code.ts'
import { ExceptionCause } from './trap.ts'

const CAUSES = {
  read: ExceptionCause.loadPageFault,
  write: ExceptionCause.storePageFault,
  execute: ExceptionCause.instructionPageFault,
} as const

/**
 * Adds the function that takes the page fault that a walk has ended with, if S-mode takes it itself.
 *
 * @param trap - the function of `addSupervisorTrap`.
 * @param secondStage - what remembers the guest's page tables that the walk has found.
 * @returns a function of hart, `ip`, steps left, address, and what is told about the instruction: 1 when the exception is
 *   taken, otherwise 0. Of a fetch, `ip` is not looked at, `pc` is in the state block, and the step is among those left.
 */
export function addPageFault(
  module: ModuleBuilder,
  kind: TranslationKind,
  trap: FunctionIndex,
  secondStage: SecondStage,
): FunctionIndex {
  const cause = CAUSES[kind]
  const params = ['i32', 'i32', 'i32', 'i64', 'i32'] as const
  return module.func(`${kind}PageFault`, params, ['i32'], (code, hart, ip, left, va, told) => {
    pushSupervisorTakes(code, hart, cause)
    code.i32Eqz()
    code.if('empty', () => {
      code.i32Const(0)
      code.return()
    })
    if (kind !== 'execute') spill(code, hart, ip, left)
    code.localGet(hart)
    code.localGet(left)
    if (kind === 'execute') {
      code.i32Const(1)
      code.i32Sub()
    }
    code.i32Store(State.left)
    count(code, hart, State.tlbMisses)
    count(code, hart, State.walkReferences, () => {
      code.localGet(hart)
      code.i32Load(State.faultReferences)
      code.f64ConvertI32U()
    })
    code.localGet(hart)
    code.call(secondStage.remember)
    code.localGet(hart)
    code.i32Const(cause)
    code.localGet(va)
    code.localGet(told)
    code.call(trap)
    code.i32Const(1)
  })
}
