import type { Vector } from '../vector.ts'
import { floatArithmeticVectors } from './arithmetic.ts'
import { floatConversionVectors } from './conversions.ts'
import { floatMemoryVectors } from './memory.ts'
import { floatStateVectors, whileOff } from './state.ts'

const computing = [...floatArithmeticVectors, ...floatConversionVectors, ...floatMemoryVectors]

/** F, D and what C has of D. */
export const floatVectors: readonly Vector[] = [...computing, ...whileOff(computing), ...floatStateVectors]
