import type { FloatOperation } from '@worldswitch/ieee754'
import type { Instruction, Semantics } from '@worldswitch/isa'

/** An operation of the semantics' vocabulary. */
export type Effect = keyof Semantics<unknown, unknown>

/** Operations that only TypeScript performs: an instruction that uses one is cold. */
const COLD_EFFECTS: readonly Effect[] = [
  'breakpoint',
  'waitForInterrupt',
  'waitForReservation',
  'manageBlock',
  'fenceTranslations',
  'guestLoad',
  'guestStore',
  'fenceGuestTranslations',
]

/** The operations that an instruction's semantics uses. */
export function effectsOf(instruction: Instruction): ReadonlySet<Effect> {
  const used = new Set<Effect>()
  const notes = new Proxy({} as Semantics<number, number>, {
    get: (_target, effect: Effect) => {
      return (...operands: unknown[]) => {
        used.add(effect)
        for (const operand of operands) if (typeof operand === 'function') operand(0)
        return 0
      }
    },
  })
  instruction.semantics(notes)
  return used
}

/** Whether only TypeScript executes what has these effects. */
export const isCold = (effects: ReadonlySet<Effect>): boolean =>
  COLD_EFFECTS.some((effect) => effects.has(effect))

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
  const notes = new Proxy({} as Semantics<number, number>, {
    get: (_target, effect: Effect) =>
      effect === 'float'
        ? (name: FloatOperation, ...operands: readonly number[]) => {
            used.push({ name, operands: operands.filter((operand) => operand !== undefined).length })
            return 0
          }
        : (...operands: unknown[]) => {
            for (const operand of operands) if (typeof operand === 'function') operand(0)
            return 0
          },
  })
  instruction.semantics(notes)
  floatUses.set(instruction, used)
  return used
}
