import { TLB_ENTRY_SIZE } from '@worldswitch/mmu'
import type { Code, Local } from '@worldswitch/wasm'
import type { CodeFrame } from './code-frame.ts'
import { State } from './state-layout.ts'

/**
 * Pushes the address of the entry at which the page of an address is looked for first.
 *
 * @param base - pushes the array's address with the context's hash, as the state block has it.
 */
export function pushFirstPlace(code: Code, va: Local<'i64'>, base: () => void, tlbArraySize: number): void {
  code.localGet(va)
  code.i64Const(8)
  code.i64ShrU()
  code.i32WrapI64()
  code.i32Const(tlbArraySize - TLB_ENTRY_SIZE)
  code.i32And()
  base()
  code.i32Xor()
}

/**
 * Pushes whether the TLB lacks the page of `pc` for execution.
 *
 * @param page - gets the virtual address of the page.
 * @returns the local with the entry's address.
 */
export function pushFetchMissed(
  code: Code,
  hart: Local<'i32'>,
  pc: Local<'i64'>,
  page: Local<'i64'>,
  tlbArraySize: number,
): Local<'i32'> {
  const entry = code.local('i32')
  const base = () => {
    code.localGet(hart)
    code.i32Load(State.fetchTlb)
  }
  pushFirstPlace(code, pc, base, tlbArraySize)
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
