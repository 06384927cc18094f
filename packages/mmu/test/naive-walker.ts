/**
 * The address translation algorithm of the privileged specification (version 1.13, "Virtual Address Translation
 * Process"), in its own numbered steps and in BigInt throughout. Written from the text, sharing nothing with
 * the package: its only virtue is that it can be compared with the text line by line.
 */
export interface NaiveRequest {
  levels: 3 | 4 | 5
  /** Width of the address: sign-extended, or zero-extended in the x4 schemes with their root of 2048 entries. */
  bits: 39n | 48n | 57n | 41n | 50n | 59n
  rootPpn: bigint
  va: bigint
  access: 'read' | 'write' | 'execute'
  privilege: 'U' | 'S'
  sum: boolean
  mxr: boolean
  svadu: boolean
  svpbmt: boolean
  svnapot: boolean
  hlvx?: boolean
}

export interface NaiveMemory {
  load(address: bigint): bigint | undefined
  store(address: bigint, value: bigint): boolean
}

export type NaiveResult = { visited: bigint[]; updated: boolean } & (
  | { fault: 'page' | 'access' }
  | {
      fault: 'none'
      address: bigint
      level: number
      global: boolean
      bits: number
      memoryType: number
      size: bigint
    }
)

const PAGESIZE = 4096n
const PTESIZE = 8n

export function naiveTranslate(memory: NaiveMemory, request: NaiveRequest): NaiveResult {
  const { va, access, privilege } = request
  const visited: bigint[] = []
  const page = (): NaiveResult => ({ visited, updated: false, fault: 'page' })

  // "must have bits 63-39 all equal to bit 38, or else a page-fault exception will occur"
  // "address bits 63:41 must all be zeros, or else a guest-page-fault exception occurs"
  const wide = request.bits === 41n || request.bits === 50n || request.bits === 59n
  const sign = wide ? 0n : (va >> (request.bits - 1n)) & 1n
  for (let bit = request.bits; bit < 64n; bit++) if (((va >> bit) & 1n) !== sign) return page()

  // 1. Let a be satp.ppn x PAGESIZE, and let i = LEVELS - 1.
  let a = request.rootPpn * PAGESIZE
  let i = request.levels - 1
  let global = false
  for (;;) {
    // 2. Let pte be the value of the PTE at address a + va.vpn[i] x PTESIZE.
    const vpnI = (va >> BigInt(12 + 9 * i)) & (wide && i === request.levels - 1 ? 0x7ffn : 0x1ffn)
    const pteAddress = a + vpnI * PTESIZE
    visited.push(pteAddress)
    const pte = memory.load(pteAddress)
    if (pte === undefined) return { visited, updated: false, fault: 'access' }
    const bit = (n: number) => ((pte >> BigInt(n)) & 1n) === 1n
    const [v, r, w, x, u, g, accessed, dirty] = [0, 1, 2, 3, 4, 5, 6, 7].map(bit)
    const ppn = (pte >> 10n) & ((1n << 44n) - 1n)
    const pbmt = (pte >> 61n) & 3n
    const n = bit(63)

    // 3. If pte.v = 0, or if pte.r = 0 and pte.w = 1, or if any bits or encodings that are reserved for future
    //    standard use are set within pte, stop and raise a page-fault exception.
    if (!v) return page()
    if (!r && w) return page()
    for (let reserved = 54; reserved <= 60; reserved++) if (bit(reserved)) return page()
    if (pbmt !== 0n && !request.svpbmt) return page()
    if (pbmt === 3n) return page()
    if (n && !request.svnapot) return page()

    global ||= g

    // 4. Otherwise, the PTE is valid. If pte.r = 1 or pte.x = 1, go to step 5. Otherwise, this PTE is a pointer.
    if (!(r || x)) {
      if (accessed || dirty || u || pbmt !== 0n || n) return page()
      i = i - 1
      if (i < 0) return page()
      a = ppn * PAGESIZE
      continue
    }

    // 5. A leaf PTE has been reached. If i > 0 and pte.ppn[i-1:0] is not 0, this is a misaligned superpage.
    for (let j = 0; j < i; j++) if (((ppn >> BigInt(9 * j)) & 0x1ffn) !== 0n) return page()
    if (n && (i > 0 || (ppn & 0xfn) !== 0b1000n)) return page()

    // 6. Determine if the requested memory access is allowed by the pte.u bit.
    if (privilege === 'U' && !u) return page()
    if (privilege === 'S' && u && access === 'execute') return page()
    if (privilege === 'S' && u && !request.sum) return page()

    // 7. Determine if the requested memory access is allowed by the pte.r, pte.w, and pte.x bits, given MXR.
    if (access === 'execute' && !x) return page()
    if (access === 'write' && !w) return page()
    if (access === 'read' && !(request.hlvx ? x : r || (request.mxr && x))) return page()

    // 9. If pte.a = 0, or if the original memory access is a store and pte.d = 0: (Svade) page fault, or update.
    let final = pte
    if (!accessed || (access === 'write' && !dirty)) {
      if (!request.svadu) return page()
      final = pte | (1n << 6n) | (access === 'write' ? 1n << 7n : 0n)
      if (!memory.store(pteAddress, final)) return { visited, updated: false, fault: 'access' }
    }

    // 10. The translation is successful.
    let address = va & 0xfffn
    for (let j = 0; j < request.levels; j++) {
      const field = j < i ? (va >> BigInt(12 + 9 * j)) & 0x1ffn : (ppn >> BigInt(9 * j)) & 0x1ffn
      address |= field << BigInt(12 + 9 * j)
    }
    // ppn[LEVELS-1] is wider than a VPN field.
    address |= (ppn >> BigInt(9 * request.levels)) << BigInt(12 + 9 * request.levels)
    let size = PAGESIZE << BigInt(9 * i)
    if (n) {
      address = (address & ~0xffffn) | (va & 0xffffn)
      size = 65536n
    }
    return {
      visited,
      updated: final !== pte,
      fault: 'none',
      address,
      level: i,
      global,
      bits: Number(final & 0xffn),
      memoryType: Number(pbmt),
      size,
    }
  }
}
