import { describe, expect, it } from 'vitest';
import { readSettings } from './headless.ts';

describe('flags of npm run cluster', () => {
  it('has defaults', () => expect(readSettings([])).toEqual({ kubeconfig: undefined, nodes: 2, speed: 1, port: 0, seed: 1, addons: ['all'] }));
  it('reads them', () => expect(readSettings(['--nodes', '5', '--speed', '2.5', '--port', '7443', '--addons', 'none'])).toMatchObject({ nodes: 5, speed: 2.5, port: 7443 }));
  it('explains itself', () => expect(readSettings(['--help'])).toBe('help'));
  it.each([
    [['--nodes', 'two'], '--nodes must be a whole number from 0 to 1000, not two.'],
    [['--port', '70000'], '--port must be a whole number from 0 to 65535, not 70000.'],
    [['--addons', 'coffee'], '--addons does not know coffee.'],
    [['--data-dir', '/tmp/x'], '--data-dir is not built yet'],
    [['--nope'], "Unknown option '--nope'"],
  ])('refuses %j', (argv, message) => expect(() => readSettings(argv)).toThrow(message));
});
