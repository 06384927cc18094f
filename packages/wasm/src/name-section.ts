import type { ByteWriter } from './byte-writer.ts'
import { writeSized } from './section.ts'
import type { Local } from './value-type.ts'

const MODULE_NAME = 0
const FUNCTION_NAMES = 1
const LOCAL_NAMES = 2

/** Names of a function's locals. */
export type LocalNames = readonly (readonly [Local, string])[]

/**
 * Writes the contents of the name section.
 * @param functions - in the order of their indices
 * @param locals - by function index; sparse
 * @see WebAssembly core specification, appendix "Name Section"
 */
export const writeNameSection = (
  out: ByteWriter,
  moduleName: string | undefined,
  functions: readonly { readonly name: string }[],
  locals: readonly (LocalNames | undefined)[],
): void => {
  out.name('name')
  if (moduleName !== undefined) {
    out.u8(MODULE_NAME)
    writeSized(out, () => out.name(moduleName))
  }
  out.u8(FUNCTION_NAMES)
  writeSized(out, () => {
    out.u32(functions.length)
    functions.forEach(({ name }, index) => {
      out.u32(index)
      out.name(name)
    })
  })
  const named = locals.flatMap((names, index) => (names ? [{ names, index }] : []))
  if (named.length === 0) return
  out.u8(LOCAL_NAMES)
  writeSized(out, () => {
    out.u32(named.length)
    for (const { names, index } of named) {
      out.u32(index)
      out.u32(names.length)
      for (const [local, name] of names) {
        out.u32(local)
        out.name(name)
      }
    }
  })
}
