/** A volume store of a VCH: label and place (facts/vic-machine.md § 2). */
export interface VolumeStore {
  readonly label: string
  readonly scheme: 'ds' | 'nfs'
  /** ds: the datastore's name, decoded. nfs: the host as written in the URL (may wrongly carry a port). */
  readonly host: string
  /** ds: path below the datastore, decoded, no leading slash. nfs: exported path, decoded, with leading slash. */
  readonly path: string
  /** nfs: the query to the letter, without `?`; empty when there is none. ds: always empty. */
  readonly query: string
  /** What `--volume-store` takes to restate exactly this store. */
  readonly argument: string
}
