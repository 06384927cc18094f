import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { findGuest, guestsFolder, installGuest, listGuests, loadGuest, removeGuest } from './guest-store.ts'

const scratch = mkdtempSync(path.join(tmpdir(), 'guest-store-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))
let folder: string
beforeEach(() => {
  folder = mkdtempSync(path.join(scratch, 'guests-'))
})

const bytes = (text: string) => new TextEncoder().encode(text)
const guest = (kernel = 'kernel') => ({
  name: 'debian' as const,
  release: 'trixie',
  kernelRelease: '6.12',
  packages: [{ name: 'opensbi', version: '1.6', sha256: 'aa' }],
  programs: { init: 'bb' },
  modules: ['kvm'],
  contents: {
    kernel: bytes(kernel),
    initrd: bytes('initrd'),
    firmwareDynamic: bytes('dynamic'),
    firmwareJump: bytes('jump'),
  },
})

describe('the folder of guests', () => {
  const home = path.join(process.env.HOME ?? '/', '.cache/worldswitch/guests')
  test.each([
    [{ WORLDSWITCH_CACHE: '/own', XDG_CACHE_HOME: '/shared' }, '/own/guests'],
    [{ XDG_CACHE_HOME: '/shared' }, '/shared/worldswitch/guests'],
    [{ XDG_CACHE_HOME: 'not/absolute' }, home],
    [{ WORLDSWITCH_CACHE: '' }, home],
  ])('%j', (env, expected) => expect(guestsFolder(env)).toBe(expected))
})

describe('a guest', () => {
  test('that was installed is found, loaded and listed', async () => {
    const installed = await installGuest(guest(), { folder })
    expect(await findGuest('debian', { folder })).toEqual(installed)
    const loaded = await loadGuest('debian', { folder })
    expect(new TextDecoder().decode(loaded.kernel)).toBe('kernel')
    expect(readFileSync(installed.paths.firmwareJump, 'utf8')).toBe('jump')
    expect(await listGuests({ folder })).toEqual([installed])
  })

  test('takes the place of the one before, of which nothing stays', async () => {
    const first = await installGuest(guest(), { folder })
    const second = await installGuest(guest('another'), { folder })
    expect(second.folder).not.toBe(first.folder)
    expect(readdirSync(path.join(folder, 'debian')).sort()).toEqual([second.folder, 'manifest.json'].sort())
    expect(readdirSync(folder)).toEqual(['debian'])
  })

  test('is not there as long as its manifest is not', async () => {
    const { folder: place } = await installGuest(guest(), { folder })
    rmSync(path.join(folder, 'debian/manifest.json'))
    expect(readdirSync(path.join(folder, 'debian'))).toEqual([place])
    await expect(findGuest('debian', { folder })).rejects.toMatchObject({
      code: 'GUEST_MISSING',
      message: `the guest debian is not in ${folder}: run \`worldswitch guests pull debian\` first`,
    })
    expect(await listGuests({ folder })).toEqual([])
  })

  test.each([
    [
      'with a file that is shorter',
      (at: { kernel: string }) => writeFileSync(at.kernel, 'kern'),
      'has 4 bytes',
    ],
    ['with a file that is gone', (at: { kernel: string }) => rmSync(at.kernel), 'Image is not there'],
  ])('%s is damaged', async (_what, damage, message) => {
    damage((await installGuest(guest(), { folder })).paths)
    await expect(findGuest('debian', { folder })).rejects.toMatchObject({
      code: 'GUEST_DAMAGED',
      message: expect.stringContaining(message),
    })
  })

  test('with a changed byte is found when it is loaded', async () => {
    const { paths } = await installGuest(guest(), { folder })
    writeFileSync(paths.kernel, 'kernal')
    await expect(loadGuest('debian', { folder })).rejects.toMatchObject({ code: 'GUEST_DAMAGED' })
  })

  test.each([
    ['nothing', ''],
    ['another format', '{"format": 2}'],
    ['null', 'null'],
    ['a way out of the folder', '{"format": 1, "folder": "..", "files": {}}'],
  ])('whose manifest is %s is damaged', async (_what, text) => {
    mkdirSync(path.join(folder, 'debian'))
    writeFileSync(path.join(folder, 'debian/manifest.json'), text)
    await expect(findGuest('debian', { folder })).rejects.toMatchObject({ code: 'GUEST_DAMAGED' })
  })

  test('is removed, once', async () => {
    await installGuest(guest(), { folder })
    expect(await removeGuest('debian', { folder })).toBe(true)
    expect(readdirSync(folder)).toEqual([])
    expect(await removeGuest('debian', { folder })).toBe(false)
  })

  test.each([findGuest, loadGuest, removeGuest])('of another name is unknown to %o', async (verb) => {
    await expect(verb('../debian', { folder })).rejects.toMatchObject({ code: 'UNKNOWN_GUEST' })
  })
})

test('forgotten work is removed after a day', async () => {
  const old = path.join(folder, '.pull-old')
  mkdirSync(old)
  mkdirSync(path.join(folder, '.pull-new'))
  const yesterday = Date.now() / 1000 - 90_000
  utimesSync(old, yesterday, yesterday)
  await installGuest(guest(), { folder })
  expect(readdirSync(folder).sort()).toEqual(['.pull-new', 'debian'])
})
