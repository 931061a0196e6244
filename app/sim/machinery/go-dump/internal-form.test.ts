import { expect, it } from 'vitest';
import { internalPodSpec } from './internal-form.ts';

it('has a Pod spec as the internal type declares it', () => {
  const lines = JSON.stringify(internalPodSpec({
    volumes: [{ name: 'v', configMap: { name: 'c', defaultMode: 420 } }],
    containers: [{ name: 'a', image: 'b', resources: { requests: { cpu: '1' } }, livenessProbe: { httpGet: { path: '/', port: 80, scheme: 'HTTP' }, periodSeconds: 10 } }],
    hostNetwork: true, securityContext: { runAsUser: 0 }, tolerations: [{ key: 'a', operator: 'Exists' }],
  }), undefined, 1).split('\n');
  // The source of a volume stands in the volume; the machine's namespaces stand in the security context.
  expect(lines.slice(1, 6)).toEqual([' "Volumes": [', '  {', '   "Name": "v",', '   "HostPath": null,', '   "EmptyDir": null,']);
  expect(lines.slice(lines.indexOf(' "SecurityContext": {')).slice(0, 9)).toEqual([
    ' "SecurityContext": {', '  "HostNetwork": true,', '  "HostPID": false,', '  "HostIPC": false,', '  "ShareProcessNamespace": null,', '  "HostUsers": null,', '  "SELinuxOptions": null,', '  "WindowsOptions": null,', '  "RunAsUser": 0,',
  ]);
  expect(lines.join('')).toContain('"LivenessProbe": {    "Exec": null,    "HTTPGet": {     "Path": "/",     "Port": 80,     "Host": "",');
  expect(lines).not.toContain(' "HostNetwork": true,');
});
