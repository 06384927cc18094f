import { spawn, spawnSync } from 'node:child_process'
import type { InstalledGuest } from '../src/node.ts'

const program = 'qemu-system-riscv64'

/** Whether the emulator is installed. */
export const haveQemu = (): boolean => spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0

/** How a guest is booted. */
export interface QemuOptions {
  readonly append: string
  /** More arguments of the emulator. */
  readonly more?: readonly string[]
  /** What to wait for and what to type then, in this order. */
  readonly type?: readonly (readonly [wanted: string, text: string])[]
  readonly seconds?: number
}

/**
 * Boots a guest on a hart with the H extension until the machine is switched off.
 *
 * @returns the console, with line feeds only.
 * @throws if that takes too long, with the end of the console.
 */
export function bootQemu(guest: InstalledGuest, options: QemuOptions): Promise<string> {
  const { append, more = [], type = [], seconds = 300 } = options
  const machine = ['-M', 'virt', '-cpu', 'rv64,h=on', '-m', '256', '-nographic', '-no-reboot']
  const software = [
    '-bios',
    guest.paths.firmwareDynamic,
    '-kernel',
    guest.paths.kernel,
    '-initrd',
    guest.paths.initrd,
  ]
  const child = spawn(program, [...machine, ...software, '-append', `quiet ${append}`, ...more])
  const waiting = [...type]
  let text = ''
  const tail = (): string => text.slice(-2000)
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL')
      reject(new Error(`not finished after ${seconds} s: ...${tail()}`))
    }, seconds * 1000)
    child.on('error', reject)
    child.stderr.setEncoding('latin1').on('data', (part: string) => {
      text += part
    })
    child.stdout.setEncoding('latin1').on('data', (part: string) => {
      text += part.replaceAll('\r', '')
      while (waiting[0] && text.includes(waiting[0][0])) child.stdin.write(waiting.shift()![1])
    })
    child.on('close', () => {
      clearTimeout(timer)
      if (waiting[0]) reject(new Error(`never printed ${JSON.stringify(waiting[0][0])}: ...${tail()}`))
      else resolve(text)
    })
  })
}
