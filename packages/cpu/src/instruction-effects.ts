import type { FloatOperation } from '@worldswitch/ieee754'
import type { Instruction, Semantics, Width } from '@worldswitch/isa'

/** An operation of the semantics' vocabulary. */
export type Effect = keyof Semantics<unknown, unknown>

/** Operations that only TypeScript performs: an instruction that uses one is cold. */
const COLD_EFFECTS: readonly Effect[] = [
  'breakpoint',
  'waitForInterrupt',
  'waitForReservation',
  'manageBlock',
  'guestLoad',
  'guestStore',
  'fenceGuestTranslations',
]

/** The operations that an instruction's semantics uses. */
export function effectsOf(instruction: Instruction): ReadonlySet<Effect> {
  const used = new Set<Effect>()
  observe(instruction, (effect) => used.add(effect))
  return used
}

/** Whether only TypeScript executes what has these effects. */
export const isCold = (effects: ReadonlySet<Effect>): boolean =>
  COLD_EFFECTS.some((effect) => effects.has(effect))

/** Calls a semantics with an implementation that computes nothing, but is told of every operation. */
function observe(
  instruction: Instruction,
  told: (effect: Effect, operands: readonly unknown[]) => void,
): void {
  const observer = new Proxy({} as Semantics<number, number>, {
    get: (_target, effect: Effect) => {
      return (...operands: unknown[]) => {
        told(effect, operands)
        for (const operand of operands) if (typeof operand === 'function') operand(0)
        return 0
      }
    },
  })
  instruction.semantics(observer)
}

/** Bytes that an instruction loads or stores at the sum of its first register and its immediate; undefined if it does not. */
export function accessWidth(instruction: Instruction): Width | undefined {
  let width: Width | undefined
  observe(instruction, (effect, [bytes]) => {
    if (effect === 'load' || effect === 'store') width = bytes as Width
  })
  return width
}

/** A floating-point operation, and how many operands it has. */
export interface FloatUse {
  readonly name: FloatOperation
  readonly operands: number
}

const floatUses = new Map<Instruction, readonly FloatUse[]>()

/** The floating-point operations that an instruction's semantics uses. */
export function floatOperationsOf(instruction: Instruction): readonly FloatUse[] {
  const known = floatUses.get(instruction)
  if (known !== undefined) return known
  const used: FloatUse[] = []
  observe(instruction, (effect, [name, ...operands]) => {
    if (effect !== 'float') return
    used.push({
      name: name as FloatOperation,
      operands: operands.filter((operand) => operand !== undefined).length,
    })
  })
  floatUses.set(instruction, used)
  return used
}
