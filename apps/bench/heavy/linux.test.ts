import { closeSync, ftruncateSync, openSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { scratchFolder, startWorldswitch, worldswitch } from '../test/command.ts'

const folder = scratchFolder()
/** In a terminal one would type when the prompt is there; `--clock virtual` makes every boot the same. */
const LINUX = ['boot', '--guest', 'debian', '--clock', 'virtual', '--input-after', '/ # ']

// Without network or apt this fails, and so does the suite, unless the guest is in the cache.
beforeAll(async () => {
  if ((await worldswitch(['guests', 'path', 'debian'])).status === 0) return
  expect(await worldswitch(['guests', 'pull', 'debian'])).toMatchObject({ status: 0 })
})

/** A disk of zeros. */
function disk(name: string): string {
  const file = path.join(folder, name)
  const opened = openSync(file, 'w')
  ftruncateSync(opened, 2 ** 20)
  closeSync(opened)
  return file
}

describe('Debian on the command line', () => {
  test('is typed to, writes a disk that the host reads, and powers off with status 0', async () => {
    const file = disk('written.img')
    const input = 'echo $((6 * 7)) harts: $(nproc)\necho kept > /dev/vda\nsync\npoweroff\n'
    const { status, stdout, stderr } = await worldswitch([...LINUX, '--harts', '2', '-d', file], { input })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout).toContain('42 harts: 2\r\n')
    expect(readFileSync(file, 'latin1').slice(0, 5)).toBe('kept\n')
  })

  test('reboots, under OpenSBI', async () => {
    const { process, seen, finished } = startWorldswitch([...LINUX, '--bios', 'opensbi'])
    process.stdin?.write('reboot\n')
    await seen('reboot: Restarting system')
    await seen('Restarting system\r\n\r\nOpenSBI v')
    process.kill('SIGTERM')
    expect(await finished).toMatchObject({ status: 143 })
  })

  test('ends with status 100 instead with --no-reboot', async () => {
    const { status, stdout } = await worldswitch([...LINUX, '--no-reboot'], { input: 'reboot\n' })
    expect(stdout).toContain('reboot: Restarting system')
    expect(status).toBe(100)
  })
})
