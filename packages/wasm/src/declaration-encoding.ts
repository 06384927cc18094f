import type { ByteWriter } from './byte-writer.ts'
import type { Limits, MemoryLimits, TableType } from './declarations.ts'
import { type FunctionIndex, type ValueType, valueTypeByte } from './value-type.ts'
import { WasmBuildError } from './wasm-error.ts'

/** @throws WasmBuildError `limits` when sizes are no whole numbers, too large or in the wrong order */
export const requireLimits = ({ minimum, maximum }: Limits, most: number, what: string): void => {
  const valid = (count: number) => Number.isInteger(count) && count >= 0 && count <= most
  if (!valid(minimum) || (maximum !== undefined && (!valid(maximum) || maximum < minimum)))
    throw new WasmBuildError(
      'limits',
      `${what} from ${minimum} to ${maximum ?? 'any number'}: give whole numbers, minimum <= maximum <= ${most}`,
    )
}

/** A vector of value types. */
export const writeValueTypes = (out: ByteWriter, types: readonly ValueType[]): void => {
  out.u32(types.length)
  for (const type of types) out.u8(valueTypeByte[type])
}

const writeLimits = (out: ByteWriter, { minimum, maximum }: Limits, flags: number): void => {
  out.u8(flags | (maximum === undefined ? 0 : 1))
  out.u32(minimum)
  if (maximum !== undefined) out.u32(maximum)
}

/** A memory's type. */
export const writeMemoryLimits = (out: ByteWriter, limits: MemoryLimits): void =>
  writeLimits(out, limits, limits.shared ? 2 : 0)

/** A table's type. */
export const writeTableType = (out: ByteWriter, { element = 'funcref', ...limits }: TableType): void => {
  out.u8(valueTypeByte[element])
  writeLimits(out, limits, 0)
}

/** What an element segment holds: indices of functions, or expressions of references. */
export const elementKind = (asExpressions: boolean): number => (asExpressions ? valueTypeByte.funcref : 0)

/** The entries of an element segment: as indices, or as expressions where some are null. */
export const writeElements = (
  out: ByteWriter,
  functions: readonly (FunctionIndex | null)[],
  asExpressions: boolean,
): void => {
  out.u32(functions.length)
  for (const index of functions)
    if (!asExpressions) out.u32(index!)
    else {
      if (index === null) out.u8Pair(0xd0, valueTypeByte.funcref)
      else {
        out.u8(0xd2)
        out.u32(index)
      }
      out.u8(0x0b)
    }
}
