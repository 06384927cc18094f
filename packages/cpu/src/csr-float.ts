import type { CsrHost, CsrRow } from './csr-row.ts'

/** A CSR of F: illegal while FS is off, and dirty after every write. */
const row = (
  number: number,
  name: string,
  read: (host: CsrHost) => number,
  write: (host: CsrHost, value: number) => void,
): CsrRow => ({
  number,
  name,
  exists: (h) => h.float.statusBits !== 0,
  allowed: (h) => !h.float.off,
  read: (h) => BigInt(read(h)),
  write: (h, value) => write(h, Number(value & 0xffn)),
})

/** Unprivileged ISA, chapter "F", "Floating-Point Control and Status Register". */
export const floatCsrs: readonly CsrRow[] = [
  row(
    0x001,
    'fflags',
    ({ float }) => float.flags,
    ({ float }, value) => {
      float.flags = value
    },
  ),
  row(
    0x002,
    'frm',
    ({ float }) => float.roundingMode,
    ({ float }, value) => {
      float.roundingMode = value
    },
  ),
  row(
    0x003,
    'fcsr',
    ({ float }) => float.flags | (float.roundingMode << 5),
    ({ float }, value) => {
      float.flags = value
      float.roundingMode = value >> 5
    },
  ),
]
