import { spawn, spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const qemu = 'qemu-system-riscv64'

/** Whether the emulator is installed. */
export const haveQemu = () => spawnSync(qemu, ['--version'], { stdio: 'ignore' }).status === 0

const until = (child, output, wanted) =>
  new Promise((resolve, reject) => {
    const check = () => output.text.includes(wanted) && resolve()
    child.stdout.on('data', check)
    child.on('exit', () => reject(new Error(`the guest ended before it printed ${JSON.stringify(wanted)}`)))
    check()
  })

/**
 * Boots the kernel on QEMU's `virt` with a copy of the disk and returns what it wrote to the console after the
 * firmware.
 *
 * @param disk `modern` or `legacy` virtio-blk, `initrd`, or `none`
 * @param type pairs of what to wait for and what to type then
 */
export const boot = async ({
  images,
  append,
  memory = 128,
  disk = 'modern',
  options = [],
  type = [],
  seconds = 60,
}) => {
  const folder = mkdtempSync(join(tmpdir(), 'guest-kernel-boot-'))
  const copy = join(folder, 'disk.img')
  copyFileSync(join(images, 'disk.img'), copy)
  const drive = ['-drive', `file=${copy},format=raw,if=none,id=d`, '-device', 'virtio-blk-device,drive=d']
  const disks = {
    modern: ['-global', 'virtio-mmio.force-legacy=false', ...drive],
    legacy: drive,
    initrd: ['-initrd', copy],
    none: [],
  }
  const machine = ['-M', 'virt', '-m', String(memory), '-nographic', '-no-reboot']
  const kernel = ['-kernel', join(images, 'kernel-native.elf'), '-append', append]
  const child = spawn(qemu, [...machine, ...kernel, ...disks[disk], ...options], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const output = { text: '' }
  child.stdout.on('data', (chunk) => {
    output.text += chunk.toString('latin1')
  })
  let late = false
  const timer = setTimeout(() => {
    late = true
    child.kill('SIGKILL')
  }, seconds * 1000)
  const exited = new Promise((resolve) => child.on('exit', (status) => resolve(status)))
  try {
    for (const [wanted, text] of type) {
      await until(child, output, wanted)
      child.stdin.write(text)
    }
    const status = await exited
    if (late) throw new Error(`not finished after ${seconds} s; so far:\n${output.text}`)
    const text = output.text.replaceAll('\r', '')
    return { status, console: text.slice(Math.max(0, text.indexOf('worldswitch guest kernel'))) }
  } finally {
    clearTimeout(timer)
    child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
}
