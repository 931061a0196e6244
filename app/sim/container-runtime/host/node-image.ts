import { image, tags } from '../images/image.ts';
import { debianFiles, DEBIAN_LINKS, SHARED_MODES } from '../images/userlands.ts';

export const KUBELET_ARGV = ['/usr/bin/kubelet', '--bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf', '--kubeconfig=/etc/kubernetes/kubelet.conf', '--config=/var/lib/kubelet/config.yaml', '--container-runtime-endpoint=unix:///run/containerd/containerd.sock'];

const KUBELET_UNIT = `[Unit]
Description=kubelet: The Kubernetes Node Agent
Documentation=https://kubernetes.io/docs/
Wants=network-online.target
After=network-online.target

[Service]
ExecStart=/usr/bin/kubelet
Restart=always
StartLimitInterval=0
RestartSec=10

[Install]
WantedBy=multi-user.target
`;

const KUBEADM_DROP_IN = `# Note: This dropin only works with kubeadm and kubelet v1.11+
[Service]
Environment="KUBELET_KUBECONFIG_ARGS=--bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf --kubeconfig=/etc/kubernetes/kubelet.conf"
Environment="KUBELET_CONFIG_ARGS=--config=/var/lib/kubelet/config.yaml"
EnvironmentFile=-/var/lib/kubelet/kubeadm-flags.env
ExecStart=
ExecStart=/usr/bin/kubelet $KUBELET_KUBECONFIG_ARGS $KUBELET_CONFIG_ARGS $KUBELET_KUBEADM_ARGS
`;

const KUBELET_CONFIG = `apiVersion: kubelet.config.k8s.io/v1beta1
authentication:
  anonymous:
    enabled: false
  webhook:
    cacheTTL: 0s
    enabled: true
  x509:
    clientCAFile: /etc/kubernetes/pki/ca.crt
authorization:
  mode: Webhook
cgroupDriver: systemd
clusterDNS:
- 10.96.0.10
clusterDomain: cluster.local
containerRuntimeEndpoint: unix:///run/containerd/containerd.sock
evictionHard:
  imagefs.available: 0%
  nodefs.available: 0%
  nodefs.inodesFree: 0%
failSwapOn: false
healthzBindAddress: 127.0.0.1
healthzPort: 10248
kind: KubeletConfiguration
rotateCertificates: true
staticPodPath: /etc/kubernetes/manifests
`;

const CONTAINERD_CONFIG = `version = 3

[plugins]
  [plugins."io.containerd.cri.v1.images"]
    snapshotter = "overlayfs"
    [plugins."io.containerd.cri.v1.images".pinned_images]
      sandbox = "registry.k8s.io/pause:3.10"
  [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc.options]
      SystemdCgroup = true
`;

/** What the disk of a node holds from the start: Debian with a kubelet, containerd and their tools. */
export const nodeImage = image({
  repository: 'orrery/node',
  tags: tags('v1.36.2', 0, ['v1.36.2']),
  userland: 'debian',
  packages: ['procps', 'curl', 'net', 'vim'],
  links: DEBIAN_LINKS,
  modes: SHARED_MODES,
  files: {
    ...debianFiles(),
    '/etc/systemd/system/kubelet.service': KUBELET_UNIT, '/etc/systemd/system/kubelet.service.d/10-kubeadm.conf': KUBEADM_DROP_IN,
    '/etc/systemd/system/containerd.service': '[Unit]\nDescription=containerd container runtime\nDocumentation=https://containerd.io\n\n[Service]\nExecStart=/usr/bin/containerd\nRestart=always\n\n[Install]\nWantedBy=multi-user.target\n',
    '/etc/containerd/config.toml': CONTAINERD_CONFIG, '/etc/crictl.yaml': 'runtime-endpoint: unix:///run/containerd/containerd.sock\n',
    '/etc/cni/net.d/10-orrery.conflist': '{\n\t"cniVersion": "0.3.1",\n\t"name": "orrery",\n\t"plugins": [\n\t{\n\t\t"type": "ptp",\n\t\t"ipMasq": false,\n\t\t"ipam": {\n\t\t\t"type": "host-local"\n\t\t}\n\t}\n\t]\n}\n',
    '/var/lib/kubelet/config.yaml': KUBELET_CONFIG, '/var/lib/kubelet/kubeadm-flags.env': 'KUBELET_KUBEADM_ARGS="--container-runtime-endpoint=unix:///run/containerd/containerd.sock"\n',
    '/usr/bin/kubelet': '\u007fELF\0', '/usr/bin/containerd': '\u007fELF\0', '/opt/cni/bin/host-local': '\u007fELF\0', '/opt/cni/bin/portmap': '\u007fELF\0', '/opt/cni/bin/ptp': '\u007fELF\0', '/opt/cni/bin/loopback': '\u007fELF\0',
  },
});
