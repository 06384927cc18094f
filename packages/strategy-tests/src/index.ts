/**
 * The tests that every strategy has to pass: each function defines some of them, for Vitest, on the strategy that a
 * {@link StrategyKit} has.
 *
 * @packageDocumentation
 */
export { testConformance } from './conformance.ts'
export { testHostile } from './hostile.ts'
export { testIsolation } from './isolation.ts'
export { testKernel } from './kernel.ts'
export {
  GUEST_MEMORY,
  POWEROFF,
  RAM,
  random,
  type StrategyKit,
  strategyKit,
  type TestGuest,
} from './strategy-kit.ts'
export { testVcpus } from './vcpus.ts'
export { testVectors } from './vectors.ts'
export { testWaiting } from './waiting.ts'
