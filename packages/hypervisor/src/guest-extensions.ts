import type { HartExtension } from '@worldswitch/cpu'

/**
 * What every guest has, under whatever strategy: what a hart executes in user mode without help, and what a
 * {@link Vcpu} carries out.
 *
 * @param svadu - whether hardware sets A and D bits in the guest's tables.
 */
export const guestExtensions = (svadu: boolean): readonly HartExtension[] => [
  'I',
  'M',
  'A',
  'F',
  'D',
  'C',
  'Zicsr',
  'Zifencei',
  'Zba',
  'Zbb',
  'Zbc',
  'Zbs',
  'Zicond',
  'Zicntr',
  svadu ? 'Svadu' : 'Svade',
]
