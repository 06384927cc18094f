import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { scratchFolder, worldswitch } from './command.ts'

const cache = scratchFolder()
const guests = path.join(cache, 'guests')

/** A guest as `pull` leaves it. */
function putGuest(): void {
  const files = { kernel: 'Image', initrd: 'initrd.cpio', firmwareDynamic: 'dynamic', firmwareJump: 'jump' }
  mkdirSync(path.join(guests, 'debian/one'), { recursive: true })
  for (const file of Object.values(files)) writeFileSync(path.join(guests, 'debian/one', file), 'text')
  const entries = Object.entries(files).map(([kind, file]) => [kind, { file, bytes: 4, sha256: '' }])
  const about = { format: 1, name: 'debian', folder: 'one', packages: [{ name: 'opensbi', version: '1.6' }] }
  const manifest = { ...about, files: Object.fromEntries(entries) }
  writeFileSync(path.join(guests, 'debian/manifest.json'), JSON.stringify(manifest))
}

const withCache = (...args: string[]) =>
  worldswitch(['guests', ...args], { env: { WORLDSWITCH_CACHE: cache } })

test('a guest is listed, its files are named, and it is removed', async () => {
  expect((await withCache('list')).stdout).toMatch(/^debian {2}Debian's kernel .*\n {2}not pulled\n$/)
  putGuest()
  expect((await withCache('list')).stdout).toContain(`in ${guests}: opensbi 1.6`)
  const { stdout, status } = await withCache('path', 'debian')
  expect(status).toBe(0)
  expect(stdout).toContain(`kernel\t${guests}/debian/one/Image\n`)
  expect((await withCache('remove', 'debian')).stdout).toBe('debian was removed\n')
  expect((await withCache('remove', 'debian')).stdout).toBe('debian was not there\n')
})

describe('what cannot be done ends with status 1 and says what to do', () => {
  test('a guest that was not pulled', async () => {
    const folder = path.join(cache, 'empty')
    const { status, stdout, stderr } = await worldswitch(['guests', 'path', 'debian', '--folder', folder])
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
    expect(stderr).toBe(
      `worldswitch: the guest debian is not in ${folder}: run \`worldswitch guests pull debian\` first\n`,
    )
  })

  test('a bench of a guest that was not pulled', async () => {
    const { status, stdout, stderr } = await worldswitch(['run', '--guest', 'debian'], {
      env: { WORLDSWITCH_CACHE: path.join(cache, 'empty') },
    })
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
    expect(stderr).toContain('run `worldswitch guests pull debian` first')
  })

  test('a pull where there is no apt', async () => {
    const { status, stderr } = await worldswitch(['guests', 'pull', 'debian', '--folder', cache], {
      env: { PATH: cache },
    })
    expect(status).toBe(1)
    expect(stderr).toContain('the program apt-get is not on this system')
    expect(stderr).toContain('--kernel IMAGE --initrd ARCHIVE')
  })
})
