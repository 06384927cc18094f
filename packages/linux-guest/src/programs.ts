import { encoded as bench } from './generated/bench.ts'
import { encoded as init } from './generated/init.ts'
import { encoded as kvmTest } from './generated/kvm-test.ts'
import { programHashes } from './generated/program-hashes.ts'

/** Name of a program of this package. */
export type ProgramName = keyof typeof programHashes

const modules: Readonly<Record<ProgramName, string>> = { bench, init, 'kvm-test': kvmTest }

/** Size in bytes and SHA-256 in hexadecimal of each program. */
export const programs: Readonly<Record<ProgramName, { readonly bytes: number; readonly sha256: string }>> =
  programHashes

/**
 * A program as a static ELF file for RV64GC Linux: `init` (the first program of an initramfs), `bench` (the workloads)
 * or `kvm-test` (checks of `/dev/kvm`).
 *
 * @returns a fresh copy.
 */
export async function program(name: ProgramName): Promise<Uint8Array> {
  const compressed = Uint8Array.from(atob(modules[name].replaceAll('\n', '')), (c) => c.charCodeAt(0))
  const stream = new Blob([compressed]).stream().pipeThrough(new DecompressionStream('gzip'))
  return new Uint8Array(await new Response(stream).arrayBuffer())
}
