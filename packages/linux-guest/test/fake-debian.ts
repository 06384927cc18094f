import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { DebianPackage } from '../src/debian/apt.ts'
import { fakeModule } from './fake-module.ts'

const indexed = {
  'linux-image-6.12-riscv64': { version: '6.12-1', depends: '' },
  'linux-image-riscv64': {
    version: '6.12-1',
    depends: 'linux-image-6.12-riscv64 (= 6.12-1), initramfs-tools | x',
  },
  'busybox-static': { version: '1:1.37', depends: '' },
  opensbi: { version: '1.6', depends: '' },
}

const deb = (name: string): string => `contents of ${name}`
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

/** A package as the archive has it. */
export const archived = (name: string, version: string): DebianPackage => ({
  name,
  version,
  file: `pool/${name}_1_riscv64.deb`,
  sha256: sha256(deb(name)),
})

const index = Object.entries(indexed)
  .map(([name, { version, depends }]) => {
    const { file, sha256: hash } = archived(name, version)
    return `Package: ${name}\nVersion: ${version}\nDescription: x\n more: y\nDepends: ${depends}\nFilename: ${file}\nSHA256: ${hash}\n`
  })
  .join('\n')

const modules = {
  virtio_mmio: '',
  virtio_blk: '',
  virtio_net: 'net_failover,failover',
  net_failover: 'failover',
  failover: '',
  'virtio-rng': '',
  kvm: '',
  ext4: 'jbd2,crc16',
  jbd2: '',
  crc16: '',
}

/** What the fake tools do otherwise than usual. */
export type Trouble =
  | 'none'
  | 'offline'
  | 'no index'
  | 'no package'
  | 'changed file'
  | 'no download'
  | 'broken package'

/** A folder of programs that behave as apt, dpkg and xz do. */
export interface FakeDebian {
  /** Value of PATH. */
  readonly path: string
  /** Calls up to now: a line for each, program and arguments. */
  calls(): string[]
  /** The configuration that the last apt-get was given. */
  config(): string
  trouble(kind: Trouble): void
  remove(tool: string): void
}

/** The script of all tools: it looks at its own name. */
const script = (state: string): string => `#!/bin/sh
PATH=/usr/bin:/bin
state='${state}'
tool=\${0##*/}
read -r trouble <"$state/trouble"
[ "$1" = --version ] && exit 0
echo "$tool $*" >>"$state/calls"
if [ "$1" = -c ]; then cat "$2" >"$state/config"; shift 2; fi
case "$tool $1" in
'xz -dc') cat "$2" ;;
'dpkg-deb -x')
  if [ "$trouble" = 'broken package' ]; then echo 'dpkg-deb: error: not a package' >&2; exit 2; fi
  mkdir -p "$3" && cp -R "$state/tree/." "$3" ;;
'apt-cache show') [ "$trouble" = 'no package' ] || cat "$state/index" ;;
'apt-get indextargets') cat "$state/targets" ;;
'apt-get update')
  if [ "$trouble" = offline ] || [ "$trouble" = 'no index' ]; then
    echo 'Reading...' >&2
    echo 'E: Failed to fetch http://x  Could not resolve x' >&2
    exit 100
  fi ;;
'apt-helper download-file')
  case "$trouble $2" in offline*|*broken.example*)
    echo half >"$3.FAILED"
    echo 'E: Download Failed' >&2
    exit 100 ;;
  esac
  name=\${2##*/}
  if [ "$trouble" = 'changed file' ]; then name=other_; fi
  [ "$trouble" = 'no download' ] || printf 'contents of %s' "\${name%%_*}" >"$3" ;;
*) echo "no fake for $tool $*" >&2; exit 99 ;;
esac
`

/**
 * Makes the tools in `folder`.
 *
 * @param targets - what \`apt-get indextargets\` prints: address, release, component.
 */
export function fakeDebian(
  folder: string,
  targets = 'http://mirror.example/debian-security/\ttrixie-security\tmain\nhttp://mirror.example/debian/\tbookworm\tmain\n',
): FakeDebian {
  const state = path.join(folder, 'state')
  const bin = path.join(folder, 'bin')
  const kernel = path.join(state, 'tree/usr/lib/modules/6.12/kernel')
  const put = (file: string, contents: string | Uint8Array): void => {
    mkdirSync(path.dirname(path.join(state, file)), { recursive: true })
    writeFileSync(path.join(state, file), contents)
  }
  put('trouble', 'none\n')
  put('calls', '')
  put('index', index)
  put('targets', targets)
  put('tree/boot/vmlinux-6.12', 'the kernel')
  put('tree/usr/bin/busybox', 'busybox')
  put('tree/usr/lib/riscv64-linux-gnu/opensbi/generic/fw_dynamic.bin', 'dynamic')
  put('tree/usr/lib/riscv64-linux-gnu/opensbi/generic/fw_jump.bin', 'jump')
  put('tree/usr/lib/modules/6.12/modules.builtin', 'kernel/crypto/crc32c_generic.ko\n')
  mkdirSync(kernel)
  for (const [name, depends] of Object.entries(modules))
    writeFileSync(path.join(kernel, `${name}.ko.xz`), fakeModule(depends))
  mkdirSync(bin)
  for (const tool of ['apt-get', 'apt-cache', 'apt-helper', 'dpkg-deb', 'xz']) {
    writeFileSync(path.join(bin, tool), script(state))
    chmodSync(path.join(bin, tool), 0o755)
  }
  return {
    path: bin,
    calls: () => readFileSync(path.join(state, 'calls'), 'utf8').split('\n').filter(Boolean),
    config: () => readFileSync(path.join(state, 'config'), 'utf8'),
    trouble: (kind) => put('trouble', `${kind}\n`),
    remove: (tool) => rmSync(path.join(bin, tool)),
  }
}
