import { type CpioEntry, writeCpio } from './cpio.ts'
import { dhcpScript } from './generated/dhcp-script.ts'
import type { ModuleGroup } from './kernel-modules.ts'
import { program } from './programs.ts'

/** What of somebody else's goes into the initramfs. */
export interface InitramfsParts {
  /** A static busybox for RV64GC; it is the shell. */
  readonly busybox: Uint8Array
  /** Modules of the kernel, by the occasion at which they are loaded. */
  readonly modules: readonly ModuleGroup[]
}

const FOLDERS = ['bin', 'dev', 'etc', 'lib', 'lib/worldswitch', 'proc', 'root', 'sbin', 'sys', 'tmp']

/**
 * The initramfs of a guest: this package's programs, busybox and kernel modules. The same parts give the same bytes.
 *
 * @returns an uncompressed archive, which a kernel unpacks with the fewest instructions.
 * @throws LinuxGuestError
 */
export async function initramfs({ busybox, modules }: InitramfsParts): Promise<Uint8Array> {
  const text = (path: string, contents: string, executable = false): CpioEntry => ({
    kind: 'file',
    path,
    contents: new TextEncoder().encode(contents),
    executable,
  })
  const binary = (path: string, contents: Uint8Array): CpioEntry => ({
    kind: 'file',
    path,
    contents,
    executable: true,
  })
  return writeCpio([
    ...FOLDERS.map((path): CpioEntry => ({ kind: 'folder', path })),
    { kind: 'device', path: 'dev/console', major: 5, minor: 1 },
    binary('init', await program('init')),
    { kind: 'link', path: 'sbin/modprobe', target: '../init' },
    binary('bin/bench', await program('bench')),
    binary('bin/kvm-test', await program('kvm-test')),
    binary('bin/busybox', busybox),
    { kind: 'link', path: 'bin/sh', target: 'busybox' },
    text('lib/worldswitch/dhcp', dhcpScript, true),
    text('lib/worldswitch/modules', modules.map(groupLine).join('')),
    ...modules
      .flatMap((group) => group.modules)
      .map(
        ({ name, contents }): CpioEntry => ({ kind: 'file', path: `lib/worldswitch/${name}.ko`, contents }),
      ),
  ])
}

/** As `/init` reads it: `names : modules`. */
const groupLine = ({ names, modules }: ModuleGroup): string =>
  `${names.join(' ')} : ${modules.map(({ name }) => name).join(' ')}\n`
