import type { RegisterFile } from '../fields.ts'
import { floatRegisterNumber, registerNumber, registerSpellings } from '../registers.ts'
import { nearest, Problem } from './assembly-error.ts'
import type { Located } from './statement.ts'

/** The number of the register that an operand names. @throws `Problem` */
export function readRegister({ text, column }: Located, file: RegisterFile): number {
  const number = file === 'f' ? floatRegisterNumber(text) : registerNumber(text)
  if (number !== undefined) return number
  const wanted = file === 'f' ? 'expected a floating-point register' : 'expected a register'
  throw new Problem(
    'ERR_ASSEMBLY_OPERAND',
    column,
    text === '' ? wanted : `${wanted}, not ${text}`,
    /^\w+$/.test(text) ? nearest(text, registerSpellings[file]) : undefined,
  )
}
