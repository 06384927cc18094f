import { describe, expect, test } from 'vitest'
import { fakeModule } from '../test/fake-module.ts'
import { moduleDependencies, orderModules, withoutSignature } from './kernel-modules.ts'

const source = (modules: Readonly<Record<string, string>>, builtIn: readonly string[] = []) => ({
  builtIn: new Set(builtIn),
  read: async (name: string) => (name in modules ? fakeModule(modules[name]!) : undefined),
})
const names = (modules: readonly { name: string }[]) => modules.map(({ name }) => name).join(' ')

describe('dependencies of a module', () => {
  test.each([
    ['', []],
    ['jbd2', ['jbd2']],
    ['crc-ccitt,mbcache', ['crc_ccitt', 'mbcache']],
  ])('depends=%s', (depends, expected) => {
    expect(moduleDependencies(fakeModule(depends), 'x')).toEqual(expected)
  })

  const whole = fakeModule('a')
  const beyond = whole.slice()
  new DataView(beyond.buffer).setBigUint64(0x28, 2n ** 62n, true)
  test.each([
    ['nothing', new Uint8Array()],
    ['text', new TextEncoder().encode('a module? '.repeat(20))],
    ['a file that breaks off', whole.subarray(0, 100)],
    ['a section table beyond the end', beyond],
  ])('%s is no module', (_what, contents) => {
    expect(() => moduleDependencies(contents, 'x')).toThrow(
      expect.objectContaining({ code: 'MODULE_FORMAT' }),
    )
  })
})

describe('the order of modules', () => {
  test('puts what is needed first, and each once', async () => {
    const modules = { ext4: 'jbd2,mbcache,crc16', jbd2: 'crc16', mbcache: '', crc16: '' }
    expect(names(await orderModules(['jbd2', 'ext4'], source(modules)))).toBe('crc16 jbd2 mbcache ext4')
  })

  test('leaves out what is part of the kernel, and what is loaded already', async () => {
    const loaded = new Set(['failover'])
    const modules = { virtio_net: 'failover,net-failover', net_failover: 'virtio', failover: '' }
    expect(names(await orderModules(['virtio-net'], source(modules, ['virtio']), loaded))).toBe(
      'net_failover virtio_net',
    )
    expect([...loaded]).toEqual(['failover', 'virtio_net', 'net_failover'])
  })

  test('ends with modules that need each other', async () => {
    expect(names(await orderModules(['a'], source({ a: 'b', b: 'a' })))).toBe('b a')
  })

  test('says which one is missing, and who needs it', async () => {
    await expect(orderModules(['kvm'], source({ kvm: 'irqbypass' }))).rejects.toThrow(
      'the kernel has no module irqbypass, which kvm needs',
    )
  })
})

describe('a signature', () => {
  const mark = new TextEncoder().encode('~Module signature appended~\n')
  /** `length` as the trailer says it, which may be wrong. */
  const signed = (module: Uint8Array, signature: number, length = signature) => {
    const bytes = new Uint8Array(module.length + signature + 12 + mark.length)
    bytes.set(module)
    bytes.set(mark, bytes.length - mark.length)
    new DataView(bytes.buffer).setUint32(bytes.length - mark.length - 4, length)
    return bytes
  }
  const module = fakeModule('')

  test('is cut off', () => expect(withoutSignature(signed(module, 500))).toEqual(module))

  test('that is none leaves the module as it is', () => expect(withoutSignature(module)).toBe(module))

  test('that would be longer than the module is left', () => {
    const strange = signed(module, 4, 2 ** 31)
    expect(withoutSignature(strange)).toBe(strange)
  })
})
