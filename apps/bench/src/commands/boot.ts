import { strategies } from '@worldswitch/bench'
import { disk, kernelElf } from '@worldswitch/guest-kernel'
import { costProfile } from '@worldswitch/hypervisor'
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
      bootargs: options.append ?? '',
      memory: options.memory,
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
    process.exitCode = await converse(guest, output, options.reboot)
  } finally {
    network.close()
    disks.close()
  }
}

async function imagesOf({
  kernel,
  raw,
  initrd,
  bios,
  dtb,
}: BootOptions): Promise<Pick<GuestParts, 'kernel' | 'initrd' | 'firmware' | 'deviceTree'>> {
  const program: ProgramImage =
    kernel === undefined ? await kernelElf() : await readImage(kernel, 'kernel', raw)
  return {
    kernel: program,
    ...(initrd !== undefined && { initrd: await readNamedFile(initrd, 'initrd') }),
    ...(bios !== 'builtin' && { firmware: await readFirmware(bios, virt.ramBase) }),
    ...(dtb !== undefined && { deviceTree: await readDeviceTree(dtb) }),
  }
}

/** The embedded kernel comes with its disk; a kernel of one's own with none. */
async function disksOf({ kernel, disk: files, snapshot = false }: BootOptions): Promise<Disks> {
  if (files === undefined && kernel === undefined) return memoryDisk(await disk())
  return openDisks(files ?? [], snapshot)
}
