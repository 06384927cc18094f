import {
  SUPERPAGE_FILTER_BITS,
  SUPERPAGE_FILTER_WORDS,
  SUPERPAGE_HASH,
  SUPERPAGE_HASH_SHIFT,
} from '@worldswitch/mmu'
import type { Code, Local } from '@worldswitch/wasm'
import { State } from './state-layout.ts'

/*
 * The filter of superpages, which `TlbView` asks before it looks at all entries, in generated code.
 */

/** Bits of an address that a level of page tables translates. */
export const LEVEL_BITS = 9
/** Bytes of the filter of superpages, without the word of the sizes. */
export const FILTER_BYTES = (SUPERPAGE_FILTER_WORDS - 1) * 4
/** log2 of its size. */
export const SMALLEST_SUPERPAGE = 21

/** Pushes the number of a mapping's bit in the filter of superpages. See `TlbView`. @param shift - pushes log2 of its size. */
export function pushSuperpageBit(code: Code, va: Local<'i64'>, shift: () => void): void {
  code.localGet(va)
  shift()
  code.i64ShrU()
  shift()
  code.i64Xor()
  code.i32WrapI64()
  code.i32Const(SUPERPAGE_HASH | 0)
  code.i32Mul()
  code.i32Const(SUPERPAGE_HASH_SHIFT)
  code.i32ShrU()
  code.localGet(va)
  code.i64Const(63)
  code.i64ShrU()
  code.i32WrapI64()
  code.i32Const(SUPERPAGE_FILTER_BITS)
  code.i32Mul()
  code.i32Or()
}

/** Pushes what to add to {@link State.superpages} for the word of a bit of the filter. */
export function pushFilterWord(code: Code, hart: Local<'i32'>, bit: Local<'i32'>): void {
  code.localGet(bit)
  code.i32Const(5)
  code.i32ShrU()
  code.i32Const(2)
  code.i32Shl()
  code.localGet(hart)
  code.i32Add()
}

/** Notes that there may be entries of a mapping larger than 4 KiB, for fences of an address. */
export function fileSuperpage(code: Code, hart: Local<'i32'>, va: Local<'i64'>, shift: Local<'i64'>): void {
  const bit = code.local('i32')
  const word = code.local('i32')
  pushSuperpageBit(code, va, () => code.localGet(shift))
  code.localSet(bit)
  pushFilterWord(code, hart, bit)
  code.localTee(word)
  code.localGet(word)
  code.i32Load(State.superpages)
  code.i32Const(1)
  code.localGet(bit)
  code.i32Shl()
  code.i32Or()
  code.i32Store(State.superpages)
  code.localGet(hart)
  code.localGet(hart)
  code.i32Load(State.superpages + FILTER_BYTES)
  code.i32Const(1)
  code.localGet(shift)
  code.i32WrapI64()
  code.i32Const(SMALLEST_SUPERPAGE)
  code.i32Sub()
  code.i32Const(LEVEL_BITS)
  code.i32DivU()
  code.i32Shl()
  code.i32Or()
  code.i32Store(State.superpages + FILTER_BYTES)
}
