/**
 * What needs Node: guests in a cache folder, and Debian's from its archive.
 *
 * @packageDocumentation
 */
export { type PullOptions, type PullResult, pullDebian } from './debian/pull.ts'
export {
  findGuest,
  type GuestFile,
  type GuestFileEntry,
  type GuestManifest,
  type GuestName,
  type GuestPackage,
  guestNames,
  guestsFolder,
  type InstalledGuest,
  type LoadedGuest,
  listGuests,
  loadGuest,
  removeGuest,
  type StoreOptions,
} from './guest-store.ts'
