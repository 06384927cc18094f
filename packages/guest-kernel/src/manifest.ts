import { buildManifest } from './generated/build-manifest.ts'
import { kernelSymbols } from './generated/kernel-symbols.ts'

/** How the images were built. `images/manifest.json` has the hashes of the inputs as well. */
export interface BuildManifest {
  /** First line of the compiler's `--version`. */
  readonly compiler: string
  readonly compileFlags: readonly string[]
  readonly linkFlags: readonly string[]
  /** Physical address of the first instruction. */
  readonly entry: number
  /** By file name: size in bytes and SHA-256 in hexadecimal. */
  readonly outputs: Readonly<Record<string, { readonly bytes: number; readonly sha256: string }>>
}

/** How the embedded images were built. */
export const manifest: BuildManifest = buildManifest

/** A function of the kernel. */
export interface KernelSymbol {
  readonly name: string
  /** Virtual address, as the kernel runs after its first instructions. */
  readonly address: bigint
}

const upperHalf = 0xffff_ffc0_0000_0000n

/** Functions of the kernel in order of address: to say where exits come from. */
export const symbols: readonly KernelSymbol[] = kernelSymbols
  .trim()
  .split('\n')
  .map((line) => ({ name: line.slice(9), address: upperHalf | BigInt(`0x${line.slice(0, 8)}`) }))

/**
 * The function that a program counter is in.
 *
 * @param pc - a virtual address in the direct map, or the physical address below it
 * @returns the name, or `undefined` when `pc` is not in the kernel's code
 */
export function symbolAt(pc: bigint): string | undefined {
  const address = pc < 0x1_0000_0000n ? pc | upperHalf : pc
  let low = 0
  let high = symbols.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (symbols[middle]!.address <= address) low = middle + 1
    else high = middle
  }
  return address < textEnd ? symbols[low - 1]?.name : undefined
}

const textEnd = symbols.find(({ name }) => name === 'text_end')!.address
