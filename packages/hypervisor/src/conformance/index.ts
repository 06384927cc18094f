/**
 * The conformance kit: runs the same guest program on the bare machine and under a strategy, and compares the
 * architectural outcome, instruction by instruction where asked. A strategy that passes it is indistinguishable
 * to its guests, timing apart.
 *
 * @packageDocumentation
 */
export { type GuestProgram, guestProgram, PROGRAM_ENTRY } from './guest-program.ts'
export { type InterruptSource, interruptProgram, interruptSources } from './interrupt-program.ts'
export {
  type Divergence,
  type LockstepOptions,
  type LockstepResult,
  lockstep,
  stateDifferences,
} from './lockstep.ts'
export { lockstepInterrupted } from './lockstep-interrupted.ts'
export { randomProgram } from './random-program.ts'
export {
  type BareOptions,
  bareStepper,
  type Stepper,
  type StepperOptions,
  strategyStepper,
} from './stepper.ts'
