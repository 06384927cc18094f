import type { DebianPackage } from './apt.ts'

/**
 * Packages of the guest that the tests last passed with, as Debian's signed index described them. A mirror that is being
 * brought up to date has an index that does not fit its signature for a while, sometimes for days; these can be had from
 * it all the same, as nothing but their own hashes vouches for them.
 */
export const testedPackages: readonly DebianPackage[] = [
  {
    name: 'linux-image-6.12.107+deb13-riscv64',
    version: '6.12.107-1',
    file: 'pool/main/l/linux/linux-image-6.12.107+deb13-riscv64_6.12.107-1_riscv64.deb',
    sha256: 'abe9f65d74b434692149482b031db7a2aaf832921e09f69f775293c0e0c5799c',
  },
  {
    name: 'busybox-static',
    version: '1:1.37.0-6+b9',
    file: 'pool/main/b/busybox/busybox-static_1.37.0-6+b9_riscv64.deb',
    sha256: '4add476d2b185c5b487c285b38d790f0881a7e4a8e2ddde835f917e770eb8633',
  },
  {
    name: 'opensbi',
    version: '1.6-1',
    file: 'pool/main/o/opensbi/opensbi_1.6-1_all.deb',
    sha256: 'dc4a43bd21a0ca11771ed8b19ee6fa8476d1d0f4976bd0b27c0357c699d27e1e',
  },
]
