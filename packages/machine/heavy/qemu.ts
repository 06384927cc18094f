import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Runs `work` with a folder that is gone afterwards. */
function inFolder<T>(work: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'machine-'))
  try {
    return work(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const QEMU = 'qemu-system-riscv64'
const HEADLESS = ['-display', 'none', '-monitor', 'none', '-no-reboot']

/** The device tree that QEMU gives its `virt` machine; QEMU wants a kernel to pass a command line to. */
export const qemuTree = (harts: number, mebibytes: number, bootargs: string): Uint8Array =>
  inFolder((folder) => {
    const files = { blob: join(folder, 'virt.dtb'), kernel: join(folder, 'kernel') }
    writeFileSync(files.kernel, new Uint8Array(4096))
    const machine = ['-M', `virt,dumpdtb=${files.blob}`, '-smp', `${harts}`, '-m', `${mebibytes}`]
    execFileSync(QEMU, [...machine, '-kernel', files.kernel, '-append', bootargs, ...HEADLESS], {
      stdio: 'ignore',
    })
    return new Uint8Array(readFileSync(files.blob))
  })

/** What a kernel prints on QEMU, by default under its OpenSBI, with a disk in the first virtio slot. */
export const qemuConsole = (kernel: Uint8Array, disk: Uint8Array, bootargs: string, harts = 1): string =>
  inFolder((folder) => {
    const files = { kernel: join(folder, 'kernel'), disk: join(folder, 'disk') }
    writeFileSync(files.kernel, kernel)
    writeFileSync(files.disk, disk)
    const { stdout } = spawnSync(
      QEMU,
      [
        ...['-M', 'virt', '-smp', `${harts}`, '-m', '128', '-kernel', files.kernel, '-append', bootargs],
        ...[
          '-global',
          'virtio-mmio.force-legacy=false',
          '-drive',
          `file=${files.disk},format=raw,if=none,id=d`,
        ],
        ...['-device', 'virtio-blk-device,drive=d,bus=virtio-mmio-bus.0', '-serial', 'stdio', ...HEADLESS],
      ],
      { input: '', timeout: 240_000, maxBuffer: 1 << 28 },
    )
    return stdout.toString('latin1')
  })

/** QEMU's OpenSBI, to be loaded at the start of RAM. */
export const openSbi = (): Uint8Array =>
  new Uint8Array(readFileSync('/usr/share/qemu/opensbi-riscv64-generic-fw_dynamic.bin'))

/** Source text of a blob, and what the device-tree compiler has to say against it. */
export function dtc(blob: Uint8Array): { readonly source: string; readonly complaints: string } {
  const { stdout, stderr, status } = spawnSync('dtc', ['-I', 'dtb', '-O', 'dts', '-'], { input: blob })
  if (status !== 0) throw new Error(stderr.toString())
  return { source: stdout.toString(), complaints: stderr.toString() }
}

/** Compiles source text back to a blob. */
export const dtcCompile = (source: string): Uint8Array =>
  new Uint8Array(spawnSync('dtc', ['-I', 'dts', '-O', 'dtb', '-q', '-'], { input: source }).stdout)
