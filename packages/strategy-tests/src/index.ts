/**
 * The tests that every strategy has to pass: each function defines some of them, for Vitest, on the strategy that a
 * {@link StrategyKit} has.
 *
 * @packageDocumentation
 */
export { testConformance } from './conformance.ts'
export { testStrategy } from './every-strategy.ts'
export { testInterrupts } from './interrupts.ts'
export {
  GUEST_MEMORY,
  POWEROFF,
  RAM,
  random,
  type StrategyKit,
  strategyKit,
  type TestGuest,
  TOUCH_ALL,
} from './strategy-kit.ts'
