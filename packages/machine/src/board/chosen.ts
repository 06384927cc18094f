import type { FdtValue } from '../fdt/fdt-node.ts'

/** What a device tree says in `/chosen` about one power-on, beside the console. */
export interface ChosenOptions {
  /** Kernel command line. */
  readonly bootargs?: string | undefined
  /** Physical address and size of the initial ramdisk. */
  readonly initrd?: { readonly start: number; readonly size: number } | undefined
  /** Entropy for the kernel: without it Linux is slow, see docs/machine.md. */
  readonly rngSeed: Uint8Array
}

/** Command line and ramdisk as properties of `/chosen`. */
export const chosenProperties = ({ bootargs, initrd }: ChosenOptions): Record<string, FdtValue> => ({
  ...(bootargs === undefined ? {} : { bootargs }),
  ...(initrd === undefined
    ? {}
    : {
        'linux,initrd-start': BigInt(initrd.start),
        'linux,initrd-end': BigInt(initrd.start + initrd.size),
      }),
})
