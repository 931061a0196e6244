import { isAddress } from '../../../network/network.ts';
import type { Process } from '../../processes/process.ts';

/** The address that a program would use for a name. Rejects with ENOTFOUND. */
export async function addressOf(process: Process, name: string): Promise<string> {
  return isAddress(name) ? name : (await process.world.network.resolve(name))[0]!;
}
