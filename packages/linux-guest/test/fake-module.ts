/** An object file with the sections of a kernel module that matter here. */
export function fakeModule(depends: string): Uint8Array {
  const names = '\0.modinfo\0.shstrtab\0'
  const info = `license=GPL\0depends=${depends}\0name=x\0`
  const bytes = new Uint8Array(64 + 3 * 64 + names.length + info.length)
  const view = new DataView(bytes.buffer)
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1])
  view.setBigUint64(0x28, 64n, true)
  view.setUint16(0x3a, 64, true)
  view.setUint16(0x3c, 3, true)
  view.setUint16(0x3e, 2, true)
  const section = (index: number, name: number, offset: number, length: number): void => {
    const at = 64 + index * 64
    view.setUint32(at, name, true)
    view.setBigUint64(at + 0x18, BigInt(offset), true)
    view.setBigUint64(at + 0x20, BigInt(length), true)
  }
  const end = 64 + 3 * 64
  section(1, 1, end + names.length, info.length)
  section(2, 10, end, names.length)
  bytes.set(new TextEncoder().encode(names + info), end)
  return bytes
}
