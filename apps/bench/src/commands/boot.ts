import { strategies } from '@worldswitch/bench'
import { disk, kernelElf } from '@worldswitch/guest-kernel'
import { costProfile } from '@worldswitch/hypervisor'
import { bootargs } from '@worldswitch/linux-guest'
import { loadGuest } from '@worldswitch/linux-guest/node'
import { type ProgramImage, virt } from '@worldswitch/machine'
import { bareGuest, bareMachine } from '../boot/bare-guest.ts'
import { type BootOptions, checkBootOptions, mmuModes } from '../boot/boot-options.ts'
import { ConsoleOutput } from '../boot/console-output.ts'
import { converse } from '../boot/converse.ts'
import { type Disks, memoryDisk, openDisks } from '../boot/disks.ts'
import type { GuestParts } from '../boot/guest.ts'
import { openNetwork } from '../boot/networks.ts'
import { virtualGuest } from '../boot/virtual-guest.ts'
import { readNamedFile, writeWhole } from '../files.ts'
import { readDeviceTree, readFirmware, readImage } from '../images.ts'

/** RAM unless somebody says otherwise: of the embedded kernel or one of one's own, and of a guest that was pulled. */
const MEMORY = 128 * 2 ** 20
const GUEST_MEMORY = 256 * 2 ** 20

/** `worldswitch boot`: a guest on this terminal, or between pipes. Sets the exit status to how it ended. */
export async function boot(options: BootOptions): Promise<void> {
  checkBootOptions(options)
  const output = new ConsoleOutput(process.stdout)
  const images = await imagesOf(options)
  const disks = await disksOf(options)
  const network = await openNetwork(options.net, options.forward ?? []).catch((error) => {
    disks.close()
    throw error
  })
  try {
    const parts: GuestParts = {
      ...images,
      bootargs: bootargsOf(options),
      memory: options.memory ?? (options.guest === undefined ? MEMORY : GUEST_MEMORY),
      hypervisor: options.h,
      harts: options.harts,
      satpModes: ['bare', ...mmuModes.slice(0, mmuModes.indexOf(options.mmu) + 1)],
      disks: disks.backends,
      ...(network.backend && { network: network.backend }),
      rng: options.rng ?? false,
      engine: options.engine,
      clock: options.clock,
      profile: costProfile(options.profile),
      output: output.push,
    }
    if (options.dumpDtb !== undefined) {
      await writeWhole(options.dumpDtb, bareMachine(parts).deviceTree)
      return
    }
    const strategy = strategies.all.find(({ name }) => name === options.strategy)
    const guest = strategy ? virtualGuest(strategy, parts) : bareGuest(parts)
    process.exitCode = await converse(guest, output, options)
  } finally {
    network.close()
    disks.close()
  }
}

/** What `--bios` calls the OpenSBI of Debian's guest. */
const OPENSBI = 'opensbi'

async function imagesOf({
  guest,
  kernel,
  raw,
  initrd,
  bios,
  dtb,
}: BootOptions): Promise<Pick<GuestParts, 'kernel' | 'initrd' | 'firmware' | 'deviceTree'>> {
  const pulled = guest !== undefined || bios === OPENSBI ? await loadGuest(guest ?? 'debian') : undefined
  const program: ProgramImage =
    guest !== undefined && pulled
      ? pulled.kernel
      : kernel === undefined
        ? await kernelElf()
        : await readImage(kernel, 'kernel', raw)
  const ramdisk =
    initrd !== undefined
      ? await readNamedFile(initrd, 'initrd')
      : guest === undefined
        ? undefined
        : pulled?.initrd
  const firmware: ProgramImage | undefined =
    bios === 'builtin'
      ? undefined
      : bios === OPENSBI && pulled
        ? { format: 'raw', bytes: pulled.firmwareDynamic, address: virt.ramBase }
        : await readFirmware(bios, virt.ramBase)
  return {
    kernel: program,
    ...(ramdisk && { initrd: ramdisk }),
    ...(firmware && { firmware }),
    ...(dtb !== undefined && { deviceTree: await readDeviceTree(dtb) }),
  }
}

/** A guest that was pulled gets its console on the serial line; further arguments follow and can say otherwise. */
const bootargsOf = ({ guest, append }: BootOptions): string =>
  [...(guest === undefined ? [] : [bootargs()]), ...(append === undefined ? [] : [append])].join(' ')

/** The embedded kernel comes with its disk; others with none. */
async function disksOf({ guest, kernel, disk: files, snapshot = false }: BootOptions): Promise<Disks> {
  if (files === undefined && kernel === undefined && guest === undefined) return memoryDisk(await disk())
  return openDisks(files ?? [], snapshot)
}
