import { csrNumber, instructions } from '@worldswitch/isa'
import type { RandomSource } from '@worldswitch/isa/vectors'
import { guestExtensions } from '../guest-extensions.ts'

const present = new Set<string>([...guestExtensions(false), 'S', 'Sm'])
const absent = instructions.filter(({ extension }) => !present.has(extension))

/** CSRs that would lead the program astray, and those that show the time. */
const AVOIDED = new Set(['satp', 'stvec', 'cycle', 'time'].map((name) => csrNumber(name)!))

/** An instruction of an extension that guests do not have, with any operands: illegal in every mode. */
export function absentInstruction(source: RandomSource): string {
  const { match, mask } = source.of(absent)
  return `.word 0x${((match | (source.below(2 ** 32) & ~mask)) >>> 0).toString(16)}`
}

/** Any number of a CSR; most are of none. */
export function randomCsr(source: RandomSource): string {
  const number = source.below(0x1000)
  return AVOIDED.has(number) ? 'sscratch' : `0x${number.toString(16)}`
}
