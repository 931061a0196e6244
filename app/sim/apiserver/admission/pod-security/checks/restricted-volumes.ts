import { distinctSorted, joinQuote, named, plural, type Check } from '../check.ts';

const ALLOWED = new Set(['configMap', 'csi', 'downwardAPI', 'emptyDir', 'ephemeral', 'image', 'persistentVolumeClaim', 'projected', 'secret']);

/** Volumes of the cluster's own making only. models policy/check_restrictedVolumes */
export const restrictedVolumes: Check = {
  id: 'restrictedVolumes', level: 'restricted', overrides: ['hostPathVolumes'],
  versions: [{
    from: 0,
    check(spec) {
      const typeOf = (volume: object): string | undefined => Object.keys(volume).find((key) => key !== 'name');
      const bad = (spec.volumes ?? []).filter((volume) => !ALLOWED.has(typeOf(volume) ?? ''));
      const types = distinctSorted(bad.map((volume) => typeOf(volume) ?? 'unknown'));
      if (bad.length === 0) return undefined;
      const names = bad.map(({ name }) => name);
      return { reason: 'restricted volume types', detail: `${named('volume', names)} ${plural('uses', 'use', names.length)} ${plural('restricted volume type', 'restricted volume types', types.length)} ${joinQuote(types)}` };
    },
  }],
};
