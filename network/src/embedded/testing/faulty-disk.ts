import { systemDisk, type Disk } from '../blocks/index.js';

/** Which call fails, and how. A failed write has written half of its bytes before, as a full disk does. */
export interface Fault {
  /** Number of the call, from 0. */
  readonly at: number;
  readonly code: 'ENOSPC' | 'EIO';
  /** Every call that needs room fails from there on, until `mend`. */
  readonly lasting?: boolean;
}

const NEED_ROOM: readonly (keyof Disk)[] = ['open', 'write', 'sync', 'syncNow', 'rename'];

/** The system's disk, which counts its calls and lets one fail. */
export class FaultyDisk implements Disk {
  readonly calls: (keyof Disk)[] = [];
  #fault: Fault | undefined;

  constructor(fault?: Fault) {
    this.#fault = fault;
  }

  mend(): void {
    this.#fault = undefined;
  }

  count(...names: (keyof Disk)[]): number {
    return this.calls.filter((name) => names.includes(name)).length;
  }

  readonly open: Disk['open'] = (path, access) => this.#call('open', () => systemDisk.open(path, access));
  /** Not counted: nothing follows from its result. */
  readonly close: Disk['close'] = systemDisk.close;
  readonly size: Disk['size'] = (file) => this.#call('size', () => systemDisk.size(file));
  readonly read: Disk['read'] = (file, into, at) => this.#call('read', () => systemDisk.read(file, into, at));
  readonly write: Disk['write'] = (file, bytes, at) =>
    this.#call(
      'write',
      () => systemDisk.write(file, bytes, at),
      () => systemDisk.write(file, bytes.subarray(0, bytes.length >> 1), at),
    );
  readonly truncate: Disk['truncate'] = (file, size) => {
    this.#call('truncate', () => {
      systemDisk.truncate(file, size);
    });
  };
  readonly sync: Disk['sync'] = async (file) => {
    await this.#call('sync', () => systemDisk.sync(file));
  };
  readonly syncNow: Disk['syncNow'] = (file) => {
    this.#call('syncNow', () => {
      systemDisk.syncNow(file);
    });
  };
  readonly rename: Disk['rename'] = (from, to) => {
    this.#call('rename', () => {
      systemDisk.rename(from, to);
    });
  };
  readonly remove: Disk['remove'] = (path) => {
    this.#call('remove', () => {
      systemDisk.remove(path);
    });
  };
  readonly list: Disk['list'] = (folder) => this.#call('list', () => systemDisk.list(folder));
  readonly syncFolder: Disk['syncFolder'] = (folder) => {
    this.#call('syncFolder', () => {
      systemDisk.syncFolder(folder);
    });
  };

  #call<T>(name: keyof Disk, run: () => T, half?: () => void): T {
    const number = this.calls.push(name) - 1;
    const fault = this.#fault;
    const fails =
      fault !== undefined &&
      (number === fault.at || (fault.lasting === true && number > fault.at && NEED_ROOM.includes(name)));
    if (!fails) return run();
    half?.();
    throw Object.assign(new Error(`${fault.code}: ${name}`), { code: fault.code });
  }
}
