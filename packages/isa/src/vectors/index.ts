/**
 * Cases of every instruction's behaviour, as data: every engine and every virtualization strategy runs the same. And
 * the seeded choices of which random programs are made.
 *
 * @packageDocumentation
 */
import { bitManipulationVectors } from './bit-manipulation.ts'
import { compressedVectors } from './compressed.ts'
import { computationVectors, multiplicationVectors } from './computation.ts'
import { controlVectors, systemVectors } from './control.ts'
import { floatVectors } from './float/vectors.ts'
import { hypervisorVectors } from './hypervisor.ts'
import { atomicVectors, memoryVectors } from './memory.ts'
import { supervisorVectors } from './supervisor.ts'
import type { Vector } from './vector.ts'

export { RandomSource } from './random-source.ts'
export { type Vector, type VectorFloat, type VectorTrap, vectorCode, vectorData } from './vector.ts'

/** All vectors, at least one for each row of the instruction table. */
export const vectors: readonly Vector[] = [
  ...computationVectors,
  ...multiplicationVectors,
  ...bitManipulationVectors,
  ...memoryVectors,
  ...atomicVectors,
  ...controlVectors,
  ...systemVectors,
  ...supervisorVectors,
  ...compressedVectors,
  ...floatVectors,
  ...hypervisorVectors,
]
