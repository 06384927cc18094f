import { MmuError } from './mmu-error.ts'

declare const space: unique symbol

/** Guest-virtual address: what a program computes, before any translation. Unsigned, canonical in `[0, 2^64)`. */
export type Gva = bigint & { readonly [space]: 'guest-virtual' }

/**
 * Guest-physical address: what the first stage of translation yields, in bytes. Below `2^59`, which is as far as
 * Sv57x4 goes; exact up to `2^53`, and for page bases and PTE addresses over the whole range.
 */
export type Gpa = number & { readonly [space]: 'guest-physical' }

/** Host-physical address: where a guest-physical address really lives, in bytes. Below `2^56`, exact as {@link Gpa}. */
export type Hpa = number & { readonly [space]: 'host-physical' }

/**
 * Marks a number as a guest-virtual address. Negative values wrap as two's complement, so `gva(-4096n)` is the
 * last page of the address space.
 */
export const gva = (address: bigint | number): Gva => BigInt.asUintN(64, BigInt(address)) as Gva

/**
 * Marks a number as a guest-physical address.
 *
 * @throws MmuError `bad-address` when it is not an integer in `[0, 2^59)`.
 */
export const gpa = (address: bigint | number): Gpa => physical(address, 59) as Gpa

/**
 * Marks a number as a host-physical address.
 *
 * @throws MmuError `bad-address` when it is not an integer in `[0, 2^56)`.
 */
export const hpa = (address: bigint | number): Hpa => physical(address, 56) as Hpa

function physical(address: bigint | number, width: number): number {
  const value = Number(address)
  if (!Number.isInteger(value) || value < 0 || value >= 2 ** width) {
    throw new MmuError('bad-address', `physical address ${address} is not an integer in [0, 2^${width})`)
  }
  return value
}

/** @throws MmuError `misaligned` when `value` is not a multiple of 4096. */
export function aligned(what: string, value: number): number {
  if (!Number.isInteger(value / 4096))
    throw new MmuError('misaligned', `${what} ${value} is not a multiple of 4096`)
  return value
}
