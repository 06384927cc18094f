import { MmuError } from './mmu-error.ts'
import { PteBit } from './pte.ts'

const LETTERS = {
  r: PteBit.read,
  w: PteBit.write,
  x: PteBit.execute,
  u: PteBit.user,
  g: PteBit.global,
  a: PteBit.accessed,
  d: PteBit.dirty,
} as const

/**
 * Reads permissions such as `'rw'`, `'rxu'` or `'rw-ug'`: letters of `rwxug`, in any order, `-` ignored.
 *
 * @returns `PteBit` bits.
 * @throws MmuError `bad-permissions` on another letter, on W without R, or when none of R, W and X is there.
 */
export function parsePermissions(permissions: string): number {
  let bits = 0
  for (const letter of permissions) {
    if (letter === '-') continue
    if (!'rwxug'.includes(letter)) {
      throw new MmuError(
        'bad-permissions',
        `'${letter}' in '${permissions}': use the letters r, w, x, u and g`,
      )
    }
    bits |= LETTERS[letter as keyof typeof LETTERS]
  }
  if ((bits & PteBit.write) !== 0 && (bits & PteBit.read) === 0) {
    throw new MmuError('bad-permissions', `'${permissions}': w needs r, the combination is reserved`)
  }
  if ((bits & (PteBit.read | PteBit.execute)) === 0) {
    throw new MmuError(
      'bad-permissions',
      `'${permissions}' permits nothing: a leaf needs r or x; or unmap instead`,
    )
  }
  return bits
}

/** PTE bits of a new leaf, V included. @throws MmuError `bad-permissions`, as {@link parsePermissions}. */
export const leafBits = (mapping: { readonly permissions: string; readonly touched?: boolean }): number =>
  PteBit.valid |
  parsePermissions(mapping.permissions) |
  (mapping.touched === false ? 0 : PteBit.accessed | PteBit.dirty)

/** Prints PTE bits as seven columns, `rwxugad` with `-` for what is clear. */
export function formatPermissions(bits: number): string {
  return Object.entries(LETTERS)
    .map(([letter, bit]) => ((bits & bit) === 0 ? '-' : letter))
    .join('')
}
